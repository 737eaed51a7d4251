"""Faults of Compose and of the engine (10 to 22 of the catalogue), and what strangers do on it (40 to 42)."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

from tests.faults.ground import Ground, came_back, ends_well
from tests.faults.kinds import Kind
from tests.faults.wire import Wire
from tests.scenarios.harness import docker

pytestmark = pytest.mark.engine


def started(ground: Ground, *services: str) -> list[str]:
    """Id and start of each container of these services."""
    found = [each for ids in ground.ids(*services).values() for each in ids]
    return docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", *found).splitlines()


@pytest.mark.fault(10)
@pytest.mark.parametrize("kind", ["a-new-revision", "the-same-revision"])
def test_a_leftover_of_an_interrupted_recreate_goes(ground: Ground, kind: str) -> None:
    project = ground.site.project
    labels = {"project": project, "service": "backend", "container-number": "77", "oneoff": "False", "config-hash": "x"}
    words = [word for name, value in labels.items() for word in ("--label", f"com.docker.compose.{name}={value}")]
    docker("create", "--name", f"0123456789ab_{project}-backend-1", *words, "debian:bookworm-slim", "true")
    ends_well(ground, ground.commit(Kind.HEALTHY) if kind == "a-new-revision" else ground.good)
    assert not ground.outside.failures


@pytest.mark.fault(11)
def test_a_stop_first_service_whose_new_container_cannot_start_is_back(ground: Ground) -> None:
    ground.site.change("nginx/Dockerfile", '"daemon off;"]', '"daemon of;"]')
    ground.site.commit("a proxy that cannot start")
    came_back(ground, ground.deploy())


@pytest.mark.fault(12)
def test_a_service_all_of_whose_containers_ended_comes_up_new(ground: Ground) -> None:
    docker("stop", *ground.ids("backend")["backend"])
    new = ground.commit(Kind.HEALTHY)
    ends_well(ground, new)


@pytest.mark.fault(14)
def test_a_healthcheck_whose_program_the_image_has_not_touches_nothing(ground: Ground) -> None:
    before = started(ground)
    test = '["CMD", "http-health", "8081", "/health/ready"]'
    ground.site.change("compose.yaml", test, '["CMD", "curl", "-f", "http://127.0.0.1:8081/health/ready"]')
    ground.site.commit("curl")
    result = ground.deploy()
    came_back(ground, result)
    assert "curl" in json.dumps(result.report["cause"])
    assert started(ground) == before
    assert not ground.outside.failures


@pytest.mark.fault(14)
def test_a_program_that_starts_slower_than_its_healthchecks_come_is_waited_for(ground: Ground) -> None:
    ground.site.change("backend/src/viworks/__main__.py", "import asyncio\n", "import asyncio\nimport time\n")
    ground.site.change("backend/src/viworks/__main__.py", "PORT = 8081", "PORT = 8081\ntime.sleep(12)")
    ends_well(ground, ground.site.commit("a slow start"))
    assert not ground.outside.failures


@pytest.mark.fault(15)
def test_a_job_that_ended_well_is_not_run_again_by_the_same_revision(ground: Ground) -> None:
    label = f"label=com.docker.compose.project={ground.site.project}"
    query = ("ps", "--all", "--quiet", "--filter", label, "--filter", "label=com.docker.compose.service=migrate")
    before = docker(*query)
    ends_well(ground, ground.good)
    assert docker(*query) == before != ""


@pytest.mark.fault(16)
def test_a_new_container_that_answers_as_the_old_one_is_found_out(ground: Ground) -> None:
    ground.site.change("backend/Dockerfile", "ENV APP_REVISION=$REVISION", f"ENV APP_REVISION={ground.good}")
    ground.site.commit("it says that it is the old one")
    result = ground.deploy()
    came_back(ground, result)
    assert "running-revision-differs" in json.dumps(result.report["cause"])
    assert not ground.outside.failures


@pytest.mark.fault(17)
def test_a_database_is_not_recreated_as_collateral(ground: Ground) -> None:
    before = started(ground, "postgres", "redis")
    ground.site.change("compose.yaml", "shm_size: 64m", "shm_size: 65m")
    ground.site.commit("a setting of the database")
    result = ground.deploy()
    came_back(ground, result)
    assert "--recreate postgres" in result.err + json.dumps(result.report)
    assert started(ground, "postgres", "redis") == before
    assert not ground.outside.failures


@pytest.mark.fault(18, 27)
def test_an_edited_configuration_is_loaded_without_a_new_proxy(ground: Ground) -> None:
    before = started(ground, "nginx")
    headers = ground.site.stack / "nginx" / "conf" / "snippets" / "plain-headers.conf"
    headers.write_text(headers.read_text() + '\nadd_header X-Fault "18" always;\n')  # git makes it a new inode
    new = ground.site.commit("one header more")
    ends_well(ground, new)
    (nginx,) = ground.ids("nginx")["nginx"]
    assert "X-Fault" in docker("exec", nginx, "cat", "/etc/nginx/snippets/plain-headers.conf")
    assert "X-Fault: 18" in docker_host_headers(ground.site.http)
    assert started(ground, "nginx") == before
    assert not ground.outside.failures


def docker_host_headers(port: int) -> str:
    """What the proxy says over plain http."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as asked:
        asked.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: asked.recv(4096), b"")).decode()


@pytest.mark.fault(18)
def test_a_changed_environment_arrives(ground: Ground) -> None:
    ground.site.change("compose.yaml", "API_RATE_PER_ACCOUNT:-600/minute", "API_RATE_PER_ACCOUNT:-601/minute")
    ends_well(ground, ground.site.commit("one request more"))
    (backend,) = ground.ids("backend")["backend"]
    assert "API_RATE_PER_ACCOUNT=601/minute" in docker("inspect", "--format", "{{.Config.Env}}", backend)
    assert not ground.outside.failures


@pytest.mark.fault(19)
def test_a_name_of_an_image_that_now_means_another_changes_nothing(ground: Ground) -> None:
    (backend,) = ground.ids("backend")["backend"]
    image, name = docker("inspect", "--format", "{{.Image}} {{.Config.Image}}", backend).split()
    docker("tag", "debian:bookworm-slim", name)
    ends_well(ground, ground.good)
    (backend,) = ground.ids("backend")["backend"]
    assert (
        docker("inspect", "--format", "{{.Image}}", backend) == image == docker("inspect", "--format", "{{.Id}}", name)
    )
    assert not ground.outside.failures


@pytest.mark.fault(22)
def test_an_engine_that_takes_long_to_create_containers_is_waited_for(ground: Ground, tmp_path: Path) -> None:
    new = ground.commit(Kind.HEALTHY)
    with Wire(tmp_path) as wire:
        slow = {"at": "snapshot proved", "do": wire.becomes("slow")}
        result = ground.deploy(faults=[slow], DOCKER_HOST=wire.address)
    assert result.code == 0, result.err + result.out
    ground.good = new
    ground.holds(new)
    assert not ground.outside.failures


@pytest.mark.fault(40)
@pytest.mark.parametrize("when", ["before", "half-way"])
def test_a_name_that_somebody_else_holds(ground: Ground, when: str) -> None:
    (backend,) = ground.ids("backend")["backend"]
    number = int(
        docker("inspect", "--format", '{{index .Config.Labels "com.docker.compose.container-number"}}', backend)
    )
    name = f"{ground.site.project}-backend-{number + 1}"
    take = ["docker", "create", "--name", name, "debian:bookworm-slim", "true"]
    ground.commit(Kind.HEALTHY)
    if when == "before":
        docker(*take[1:])
    try:
        result = ground.deploy(faults=[{"at": "switch-frontend proved", "do": take}] if when == "half-way" else ())
        assert result.code == (1 if when == "before" else 4), result.err + result.out
        assert name in result.err + result.out + json.dumps(result.report)
        assert docker("ps", "--all", "--quiet", "--filter", f"name=^{name}$"), "it is not ours to remove"
    finally:
        docker("rm", name)
    ground.holds(ground.good)
    assert not ground.outside.failures


_HOLDS_PORT = """
import os, socket, sys, time
if os.fork():
    time.sleep(1)
    sys.exit()
os.setsid()
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen()
os.closerange(0, 3)
while not os.path.exists(sys.argv[2]):
    time.sleep(0.1)
"""


@pytest.mark.fault(41)
def test_a_port_that_somebody_takes_in_the_gap_is_exit_5_and_what_is_printed_works(
    ground: Ground, tmp_path: Path
) -> None:
    holder, end = tmp_path / "holder.py", tmp_path / "end"
    holder.write_text(_HOLDS_PORT)
    ground.site.change("nginx/Dockerfile", "EXPOSE 8080 8443", "LABEL made=again\nEXPOSE 8080 8443")
    ground.site.commit("a proxy that is stopped first")
    take = [sys.executable, str(holder), str(ground.site.https), str(end)]
    try:
        start_of_proxy = {"call": "flawless.deploy.steps.switch:compose", "nth": 3, "do": take}
        result = ground.deploy(faults=[start_of_proxy])
        assert result.code == 5, result.err + result.out
    finally:
        end.touch()
    ground.run_printed(result)
    assert ground.outside.seen() == {"backend": {ground.good}, "frontend": {ground.good}}
    ground.back_to_good()
    ends_well(ground, ground.good)


@pytest.mark.fault(42)
@pytest.mark.parametrize("seconds", ["3600", "-3600"], ids=["an-hour-on", "an-hour-back"])
@pytest.mark.parametrize("kind", [Kind.HEALTHY, Kind.CRASHING])
def test_the_clock_jumps_in_the_middle(ground: Ground, kind: Kind, seconds: str) -> None:
    new = ground.commit(kind)
    result = ground.deploy(faults=[{"at": "switch-frontend proved", "do": ["clock", seconds]}])
    if kind is Kind.CRASHING:
        came_back(ground, result)
    else:
        assert result.code == 0, result.err + result.out
        ground.good = new
        ground.holds(new)
    assert not ground.outside.failures
