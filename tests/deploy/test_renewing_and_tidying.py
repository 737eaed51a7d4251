"""A network made anew takes its containers with it; what a cut-off recreate left is removed or renamed."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from flawless.deploy.site import Site
from flawless.deploy.steps import renew, tidy
from flawless.errors import EngineError
from flawless.model.plan import Step, StepKind
from flawless.model.settings import Settings
from flawless.model.stack import Attachment, Network
from flawless.ports.engine import HASH_LABEL, NETWORK_LABEL, PROJECT_LABEL, Json
from flawless.ports.relay import Relay
from flawless.testing import samples
from flawless.testing.fakes import MemoryEngine, fake_ports, inspected
from tests.deploy.test_looking_at_a_site import RELEASE

NETWORK = Network("app", "sample_app", False, False, samples.HERE, "new")


def site_on(engine: MemoryEngine, relay: Relay | None = None) -> Site:
    services = (samples.service("web"), samples.service("apart", networks=(Attachment("data"),)))
    return Site(
        ports=structs.replace(fake_ports(engine=engine), relay=relay),
        stack=structs.replace(samples.stack(*services), networks=(NETWORK,)),
        settings=Settings(),
        release=RELEASE,
        wanted={},
        model=Path("/sample/compose.json"),
        folder=Path("/sample"),
        compose=("docker-compose",),
        progress=lambda text: None,
    )


def made(definition: str) -> Json:
    labels = {PROJECT_LABEL: "sample", NETWORK_LABEL: "app", HASH_LABEL: definition}
    return {"Name": "sample_app", "Labels": labels}


def renewing() -> Step:
    return Step(id="renew", kind=StepKind.RENEW, why="", proof="", undo="", resource="network:app")


async def test_the_containers_on_a_network_go_and_then_the_network() -> None:
    engine = MemoryEngine([inspected("web"), inspected("apart")], {"networks": [made("old")]})
    site = site_on(engine)
    assert not (await renew.proof(site, renewing())).holds
    await renew.act(site, renewing())
    assert (await renew.proof(site, renewing())).holds
    assert list(engine.held) == ["id-sample-apart-1"]
    assert engine.recorded["networks"] == []


class InUse(MemoryEngine):
    """Refuses to remove a network in which a relay stands."""

    async def remove_network(self, ref: str) -> None:
        if any("relay" in held["Name"] for held in self.held.values()):
            raise EngineError("network sample_app has active endpoints")
        await super().remove_network(ref)


async def test_a_relay_that_looked_from_a_network_leaves_it_first() -> None:
    engine = InUse([inspected("web")], {"networks": [made("old")]})
    relay = Relay(engine)
    relay._image = "relay:1"
    relay.stand("sample_app")
    await renew.act(site_on(engine, relay), renewing())
    assert engine.recorded["networks"] == []


async def test_a_network_that_was_made_anew_before_the_crash_is_not_touched_again() -> None:
    site = site_on(MemoryEngine([inspected("web")], {"networks": [made("new")]}))
    assert (await renew.proof(site, renewing())).holds


async def test_a_leftover_is_removed_and_a_passing_name_given_up() -> None:
    running, dead = inspected("web"), inspected("web", number=2, Status="created")
    running["Name"] = "/0123456789ab_sample-web-1"
    engine = MemoryEngine([running, dead])
    step = Step(id="tidy-web", kind=StepKind.TIDY, why="", proof="", undo="", service="web")
    site = site_on(engine)
    assert not (await tidy.proof(site, step)).holds
    await tidy.act(site, step)
    assert (await tidy.proof(site, step)).holds
    assert [container["Name"] for container in engine.held.values()] == ["/sample-web-1"]
