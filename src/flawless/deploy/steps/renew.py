"""A network or a volume whose definition changed goes, so that the next container makes it anew."""

from __future__ import annotations

from flawless.deploy.handler import Handler
from flawless.deploy.plan import ordered
from flawless.deploy.site import Outcome, Site, observe, situation
from flawless.deploy.steps.remove import GRACE
from flawless.model.observed import Made
from flawless.model.plan import Step, StepKind
from flawless.model.stack import Network, Service, Volume


async def act(site: Site, step: Step) -> None:
    """Stop and remove the containers that use it, then the thing itself."""
    kind, _, key = step.resource.partition(":")
    if site.ports.relay:
        await site.ports.relay.close()  # what still looks from a network would keep it; the site serves meanwhile
    found = await observe(site.stack, site.ports)
    for service in reversed([each for each in ordered(site.stack) if _uses(each, kind, key)]):
        for state in found.get(service.name, ()):
            site.progress(f"stopping {state.name}: {step.resource} is made anew under it")
            await site.ports.engine.stop(state.id, GRACE if service.stop_grace is None else service.stop_grace)
            await site.ports.engine.remove(state.id, force=True)
    made = await _made(site, kind, key)
    if made is None:
        return
    site.progress(f"removing {kind} {made.name}")
    engine = site.ports.engine
    await (engine.remove_network(made.name) if kind == "network" else engine.remove_volume(made.name))


def _uses(service: Service, kind: str, key: str) -> bool:
    if kind == "network":
        return key in {place.network for place in service.networks}
    return key in {mount.source for mount in service.mounts if mount.kind == "volume"}


async def _made(site: Site, kind: str, key: str) -> Made | None:
    now = await situation(site.stack, site.ports, site.live)
    return next((each for each in (now.networks if kind == "network" else now.volumes) if each.key == key), None)


async def proof(site: Site, step: Step) -> Outcome:
    """It is not there, or it was made from the release's definition."""
    kind, _, key = step.resource.partition(":")
    made = await _made(site, kind, key)
    declared: tuple[Network | Volume, ...] = site.stack.networks if kind == "network" else site.stack.volumes
    wanted = next((each.definition for each in declared if each.name == key), "")
    if made is None or made.definition == wanted:
        return Outcome(True, f"{kind} {key} is not there, or is as it is defined now")
    return Outcome(False, f"{kind} {made.name} is still as it was defined before")


HANDLER = Handler(StepKind.RENEW, act, proof)
