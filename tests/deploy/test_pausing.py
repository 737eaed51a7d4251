"""A page on the live copies of nginx's files: loaded, put back, refused, and cut off half-way."""

from __future__ import annotations

import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from msgspec import structs

from flawless.app.ports import make_ports
from flawless.deploy.site import Site, pending_reload
from flawless.deploy.steps import pause, unpause
from flawless.model.plan import Step, StepKind
from flawless.model.settings import Settings
from flawless.model.stack import Mount, Port
from flawless.ports.engine import ExecResult
from flawless.testing import samples
from flawless.testing.fakes import MemoryEngine, fake_ports, inspected
from tests.deploy.test_looking_at_a_site import RELEASE

STACK = Path(__file__).resolve().parents[2] / "stack"
OWN = "server {\n    listen 443;\n}\n"
REF = "id-sample-nginx-1"
FINE = ExecResult(0, "")
ON = Step(id="pause-nginx", kind=StepKind.PAUSE, why="", proof="", undo="", service="nginx")
OFF = Step(id="unpause-nginx", kind=StepKind.UNPAUSE, why="", proof="", undo="", service="nginx")


@pytest.fixture
def engine() -> MemoryEngine:
    answers = {f"exec {REF} nginx -t": FINE, f"exec {REF} nginx -s reload": FINE}
    return MemoryEngine([inspected("nginx", Health="healthy")], answers)


@pytest.fixture
def site(engine: MemoryEngine, tmp_path: Path) -> Site:
    live = tmp_path / "live"
    (live / "conf").mkdir(parents=True)
    (live / "conf" / "site.conf").write_text(OWN)
    mount = Mount("bind", str(live / "conf"), "/etc/nginx", True, samples.HERE)
    nginx = samples.service("nginx", mounts=(mount,), ports=(Port(443, "443", "", "tcp", samples.HERE),))
    return Site(
        ports=fake_ports(engine=engine),
        stack=samples.stack(nginx),
        settings=Settings(),
        release=RELEASE,
        wanted={},
        model=tmp_path / "compose.json",
        folder=tmp_path,
        compose=("docker-compose",),
        progress=lambda text: None,
    )


def live(site: Site) -> str:
    return (site.live / "conf" / "site.conf").read_text()


async def test_the_page_is_loaded_and_its_own_files_come_back(site: Site) -> None:
    assert not (await pause.proof(site, ON)).holds
    await pause.act(site, ON)
    assert (await pause.proof(site, ON)).holds
    assert "return 503" in live(site)
    assert not (await unpause.proof(site, OFF)).holds
    await unpause.act(site, OFF)
    assert (await unpause.proof(site, OFF)).holds
    assert live(site) == OWN
    assert not pending_reload(site.folder, "nginx").exists()


async def test_while_the_page_is_shown_a_kill_leaves_a_mark_for_the_next_deploy(site: Site) -> None:
    await pause.act(site, ON)
    assert pending_reload(site.folder, "nginx").exists()
    assert (await pause.proof(site, ON)).holds, "the next one finds it shown"
    await unpause.act(site, OFF)
    assert live(site) == OWN


async def test_a_page_that_nginx_refuses_stops_nothing(site: Site, engine: MemoryEngine) -> None:
    engine.recorded[f"exec {REF} nginx -t"] = ExecResult(1, "[emerg] no\n")
    await pause.act(site, ON)
    outcome = await pause.proof(site, ON)
    assert (outcome.holds, live(site)) == (True, OWN)
    assert "without" in outcome.message
    await unpause.act(site, OFF)
    assert (await unpause.proof(site, OFF)).holds
    assert live(site) == OWN


async def test_files_that_are_left_of_a_page_long_gone_are_not_taken_for_one(site: Site) -> None:
    await pause.act(site, ON)
    pending_reload(site.folder, "nginx").unlink()
    assert not (await pause.proof(site, ON)).holds


async def test_its_own_files_that_nginx_refuses_are_told(site: Site, engine: MemoryEngine) -> None:
    await pause.act(site, ON)
    engine.recorded[f"exec {REF} nginx -t"] = ExecResult(1, "[emerg] no\n")
    await unpause.act(site, OFF)
    assert not (await unpause.proof(site, OFF)).holds


CONF = """pid /tmp/nginx.pid;
error_log stderr warn;
events {}
http {
    access_log off;
    client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u;
    scgi_temp_path /tmp/s;
    server {
        listen 8080;
        location / { return 200 "served"; }
    }
    server {
        listen 8079;
        location / { return 200 "healthy"; }
    }
}
"""


def docker(*args: str) -> str:
    return subprocess.run(("docker", *args), capture_output=True, text=True, timeout=300, check=True).stdout.strip()


def answer(port: str) -> tuple[int, str]:
    """Status and Retry-After of the real nginx."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as found:
            return found.status, found.headers.get("Retry-After") or ""
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Retry-After") or ""


def until(port: str, wanted: tuple[int, str]) -> None:
    """A reload is done when new workers answer."""
    end = time.monotonic() + 30
    while answer(port) != wanted:
        assert time.monotonic() < end, f"{answer(port)} is not {wanted}"
        time.sleep(0.05)


@pytest.mark.engine
async def test_a_real_nginx_shows_the_page_on_its_published_server_only(tmp_path: Path) -> None:
    project = f"h6pause{os.getpid()}"
    conf = tmp_path / "live" / "conf"
    conf.mkdir(parents=True)
    (conf / "nginx.conf").write_text(CONF)
    for folder in (*conf.parents[:2], conf):
        folder.chmod(0o755)
    docker("build", "--quiet", "--tag", f"{project}:1", str(STACK / "nginx"))
    labels = {"project": project, "service": "nginx", "container-number": "1", "oneoff": "False"}
    try:
        docker(
            "run", "--detach", "--name", project, "--publish", "127.0.0.1::8080", "--publish", "127.0.0.1::8079",
            "--volume", f"{conf}:/etc/nginx:ro", "--tmpfs", "/tmp:mode=1777",
            *(f"--label=com.docker.compose.{name}={value}" for name, value in labels.items()), f"{project}:1",
        )  # fmt: skip
        served, health = (docker("port", project, port).rpartition(":")[2] for port in ("8080/tcp", "8079/tcp"))
        ports = make_ports()
        mount = Mount("bind", str(conf), "/etc/nginx", True, samples.HERE)
        nginx = samples.service("nginx", mounts=(mount,), ports=(Port(8080, served, "127.0.0.1", "tcp", samples.HERE),))
        site = Site(
            ports=ports, stack=structs.replace(samples.stack(nginx), name=project), settings=Settings(),
            release=RELEASE, wanted={}, model=tmp_path / "compose.json", folder=tmp_path, compose=("docker-compose",),
            progress=lambda text: None,
        )  # fmt: skip
        try:
            until(served, (200, ""))
            await pause.act(site, ON)
            assert (await pause.proof(site, ON)).message == "nginx answers 503 with Retry-After"
            until(served, (503, "30"))
            assert answer(health) == (200, ""), "its own healthcheck goes on"
            await unpause.act(site, OFF)
            assert (await unpause.proof(site, OFF)).holds
            until(served, (200, ""))
        finally:
            await ports.engine.close()
    finally:
        docker("rm", "--force", project)
        docker("rmi", "--force", f"{project}:1")
