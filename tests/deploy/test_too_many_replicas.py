"""A service with more replicas than it should have is brought down to them, and what does not run is cleared away."""

from __future__ import annotations

from pathlib import Path

from flawless.deploy.plan import Wanted
from flawless.deploy.site import Site
from flawless.deploy.steps import switch
from flawless.model.plan import Step, StepKind, Strategy
from flawless.model.settings import Settings
from flawless.testing import samples
from flawless.testing.fakes import MemoryEngine, RecordedShell, fake_ports, inspected
from tests.deploy.test_looking_at_a_site import RELEASE

STEP = Step(
    id="switch-web", kind=StepKind.SWITCH, why="", proof="", undo="", service="web", strategy=Strategy.START_FIRST
)


async def test_doubled_replicas_and_leftovers_go_and_the_first_one_stays(tmp_path: Path) -> None:
    left = inspected("web", number=3, Status="created")
    engine = MemoryEngine(
        [inspected("web", Health="healthy"), inspected("web", number=2, Health="healthy"), left, inspected("apart")]
    )
    shell = RecordedShell({})
    site = Site(
        ports=fake_ports(engine=engine, shell=shell),
        stack=samples.stack(samples.service("web")),
        settings=Settings(),
        release=RELEASE,
        wanted={"web": Wanted("sha256:web", "hash")},
        model=tmp_path / "compose.json",
        folder=tmp_path,
        compose=("docker-compose",),
        progress=lambda text: None,
    )
    assert not (await switch.proof(site, STEP)).holds
    await switch.act(site, STEP)
    assert (await switch.proof(site, STEP)).holds
    assert sorted(engine.held) == ["id-sample-apart-1", "id-sample-web-1"]
    assert shell.asked == [], "nothing is started"
