"""A page on the live copies of nginx's files: loaded, put back, refused, and cut off half-way."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.deploy.site import Site, pending_reload
from flawless.deploy.steps import pause, unpause
from flawless.model.plan import Step, StepKind
from flawless.model.settings import Settings
from flawless.model.stack import Mount, Port
from flawless.ports.engine import ExecResult
from flawless.testing import samples
from flawless.testing.fakes import MemoryEngine, fake_ports, inspected
from tests.deploy.test_looking_at_a_site import RELEASE

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
