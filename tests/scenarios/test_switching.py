"""Switching without a gap where it is hard: under a fixed name, with replicas, with a proxy that looks up once."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.scenarios.harness import ALLOWED, Result, Site, docker, until

pytestmark = pytest.mark.engine

NAMED = (
    "    networks: [app, data]\n    secrets: [database_app_password",
    "    container_name: ${COMPOSE_PROJECT_NAME}-api\n",
)
AUDIT_LOCK = 7846002  # what every writer of the reference backend's audit log waits for
WAIVER = '\n[[waivers]]\ncheck = "upstream-resolved-once"\nreason = "it is what is tried"\nowner = "scenarios"\n'


def backends(site: Site, *, running: bool = True) -> list[str]:
    """Names of the backend's containers."""
    labels = (f"com.docker.compose.project={site.project}", "com.docker.compose.service=backend")
    filters = [word for label in labels for word in ("--filter", f"label={label}")]
    return sorted(docker("ps", *(() if running else ("--all",)), *filters, "--format", "{{.Names}}").split())


def without_a_gap(result: Result, strategy: str = "start-first") -> None:
    """Fail unless the deploy went well, the backend changed hands so, and no request failed."""
    assert result.code == 0, result.err + result.out
    (backend,) = [each for each in result.report["services"] if each["service"] == "backend"]
    assert backend["strategy"] == strategy, backend
    traffic = result.report["traffic"]
    assert traffic["failed"] == 0, traffic
    assert all(traffic[part]["requests"] for part in ("before", "during", "after")), traffic


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose backend has a fixed container name, deployed; patient: a busy machine is no fault of a switch."""
    site = Site(tmp_path_factory.mktemp("switching"), f"flswitch{os.getpid()}")
    place, line = NAMED
    site.change("compose.yaml", place, line + place)
    compose = site.stack / "compose.yaml"
    compose.write_text(compose.read_text().replace("retries: 3", "retries: 10"))
    site.commit("a fixed name")
    try:
        first = site.deploy()
        assert first.code == 0, first.err + first.out
        assert backends(site) == [f"{site.project}-api"]
        yield site
    finally:
        site.remove()


def test_a_fixed_name_is_handed_over_without_a_gap(named: Site) -> None:
    revision = named.commit("under a fixed name")
    without_a_gap(named.deploy())
    assert backends(named) == [f"{named.project}-api"]
    assert named.revision() == revision
    named.exactly_one_each()
    shown = subprocess.run(
        ("docker", "compose", "ps", "--format", "json", "backend"),
        cwd=named.stack, env=named.environment, capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    assert json.loads(shown)["Name"] == f"{named.project}-api"


def test_the_fixed_name_is_known_in_the_network_while_two_run(named: Site) -> None:
    raw = json.loads(docker("inspect", f"{named.project}-api"))[0]
    networks = raw["NetworkSettings"]["Networks"]
    assert all(f"{named.project}-api" in network["Aliases"] for network in networks.values())


def two_run(site: Site) -> bool:
    return len(backends(site)) == 2


def old_is_gone(site: Site) -> bool:
    """The new one serves alone and has not its name yet; the old one is stopped or removed."""
    return backends(site) != [f"{site.project}-api"] and len(backends(site)) == 1


@pytest.mark.parametrize("moment", [two_run, old_is_gone])
def test_a_handover_that_is_killed_is_finished_by_the_next_deploy(named: Site, moment: Callable[[Site], bool]) -> None:
    revision = named.commit(f"killed when {moment.__name__}")
    process = named.start_deploy()
    try:
        until(lambda: moment(named), 120, moment.__name__)
    finally:
        process.kill()
        process.wait(timeout=30)
    assert named.get("/health")[0] == 200, "the site serves after the kill"
    result = named.deploy()
    assert result.code == 0, result.err + result.out
    assert backends(named, running=False) == [f"{named.project}-api"]
    assert named.revision() == revision
    named.exactly_one_each()


def test_a_rollback_hands_the_name_over_too(named: Site) -> None:
    before = named.revision()
    named.commit("to be taken back")
    without_a_gap(named.deploy())
    back = named.flawless("rollback", *ALLOWED)
    without_a_gap(back)
    assert named.revision() == before
    assert backends(named, running=False) == [f"{named.project}-api"]


def test_a_bad_release_under_a_fixed_name_never_takes_the_good_one_down(named: Site) -> None:
    serving = named.revision()
    named.change("compose.yaml", '"8081", "/health/ready"', '"8081", "/no-such-page"')
    named.commit("never healthy")
    try:
        result = named.deploy()
        assert result.code == 4, result.err + result.out
        assert result.report["traffic"]["failed"] == 0, result.report["traffic"]
        assert (named.revision(), backends(named, running=False)) == (serving, [f"{named.project}-api"])
    finally:
        named.git("revert", "--no-edit", "HEAD")


@contextmanager
def slow_writes(site: Site) -> Iterator[list[int]]:
    """Writes that each take about two seconds, one after the other, through the proxy; their statuses."""
    lock = f"begin; select pg_advisory_xact_lock({AUDIT_LOCK}); select pg_sleep(2); commit;\n"
    client = (
        "docker",
        "compose",
        "exec",
        "-T",
        "postgres",
        "psql",
        "--quiet",
        "--username=postgres",
        "--dbname=viworks",
    )
    token, over, statuses = site.token(), threading.Event(), []
    body = {"service": "shop", "revision": "slow", "environment": "staging"}

    def write() -> None:
        while not over.is_set():
            statuses.append(site.get("/api/deployments", body=body, token=token)[0])

    holder = subprocess.Popen(
        client, cwd=site.stack, env=site.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert holder.stdin is not None
    holder.stdin.write((lock * 100).encode())
    holder.stdin.flush()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            yield statuses
        finally:
            over.set()
            writing.result(timeout=30)
            holder.kill()
            holder.wait(timeout=30)


def test_long_requests_are_finished_and_a_websocket_is_told_to_come_again(named: Site) -> None:
    trust = ssl.create_default_context(cafile=str(named.stack / "certs" / "ca.crt"))
    where = f"127.0.0.1:{named.https}"
    with connect(f"wss://{where}/api/events", ssl=trust, origin=Origin(f"https://{where}")) as events:
        events.send(json.dumps({"token": named.token()}))
        assert json.loads(events.recv(timeout=10)) == {"type": "ready"}
        named.commit("while somebody waits")
        with slow_writes(named) as statuses:
            without_a_gap(named.deploy())
        with pytest.raises(ConnectionClosed):
            while True:
                events.recv(timeout=10)
        assert events.close_code == 1012, "service restart, not cut off"
    assert set(statuses) == {201}, statuses
    assert len(statuses) >= 5, "they were not long"


def test_a_proxy_that_looks_up_once_is_reloaded_in_the_step(named: Site) -> None:
    path = "nginx/conf/conf.d/https.conf"
    text = (named.stack / path).read_text()
    (named.stack / path).write_text(text.replace("http://$backend:8081", "http://backend:8081"))
    with (named.stack / "flawless.toml").open("a") as file:
        file.write(WAIVER)
    named.commit("looked up once")
    first = named.deploy()
    assert first.code == 0, first.err + first.out
    revision = named.commit("a new backend behind it")
    result = named.deploy()
    try:
        without_a_gap(result)
        (step,) = [each for each in result.report["steps"] if each["id"] == "switch-backend"]
        assert "nginx reloaded, its workers are new" in step["message"], step
        assert "nginx is reloaded, for it keeps the address" in step["why"], step
        assert named.revision() == revision
    finally:
        named.git("revert", "--no-edit", "HEAD~1")


REPLICAS = """\
    deploy:
      replicas: 2
      update_config: {parallelism: 1, delay: 1s, monitor: 1s, order: start-first}
"""
PAUSE = "    deploy: {update_config: {failure_action: pause}}\n"


def without_the_name(site: Site, deploy: str) -> None:
    """Other keys in the place of the fixed name."""
    site.change("compose.yaml", NAMED[1], deploy)


def test_replicas_are_replaced_one_by_one_as_update_config_says(named: Site) -> None:
    without_the_name(named, REPLICAS)
    named.commit("two of them")
    first = named.deploy()
    assert first.code == 0, first.err + first.out
    named.commit("two new ones")
    most = [0]
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            most[0] = max(most[0], len(backends(named)))

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            result = named.deploy()
        finally:
            over.set()
            watching.result(timeout=30)
    without_a_gap(result)
    assert most == [3], "never more than one beside the two"
    assert len(backends(named, running=False)) == 2
    named.change("compose.yaml", REPLICAS, NAMED[1])
    named.commit("one again, under its name")
    assert named.deploy().code == 0
    assert backends(named, running=False) == [f"{named.project}-api"]


def test_pause_leaves_both_and_says_what_to_run(named: Site) -> None:
    serving = named.revision()
    without_the_name(named, PAUSE)
    named.change("compose.yaml", '"8081", "/health/ready"', '"8081", "/no-such-page"')
    named.commit("never healthy, and paused")
    try:
        result = named.deploy()
        assert result.code == 4, result.err + result.out
        release = result.report["release"]["parent"]
        assert f"flawless rollback {release}" in result.report["decision"]["reason"]
        assert (len(backends(named)), len(backends(named, running=False))) == (1, 2)
        assert named.revision() == serving
        assert result.report["traffic"]["failed"] == 0, result.report["traffic"]
        assert named.flawless("rollback", release, *ALLOWED).code == 0
        assert len(backends(named, running=False)) == 1
        assert named.revision() == serving
    finally:
        named.git("revert", "--no-edit", "HEAD")
