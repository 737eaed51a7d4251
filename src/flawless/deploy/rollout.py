"""New containers on trial, and what Compose's file wants done about those that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from msgspec import Struct, structs

from flawless.deploy.failure import StepFailedError, container_failure
from flawless.deploy.health import STABLE_SECONDS, stays_good, wait_good
from flawless.deploy.site import Site
from flawless.errors import EngineError
from flawless.model.observed import ContainerState
from flawless.model.plan import Door, Step, Strategy
from flawless.model.stack import Service
from flawless.ports.relay import Relay
from flawless.ports.vacated import refused

_DEFAULT_GRACE = 30.0
_KNOCKS = 3
_BETWEEN = 1.0
# nginx counts in whole seconds for how long it knows a name.
_FORGOTTEN = 1.0


class Failed(Struct, frozen=True):
    """A new container that did not come good, or did not stay so, and the sentence why."""

    state: ContainerState
    why: str


async def failed_ones(
    site: Site, step: Step, service: Service, fresh: Iterable[ContainerState], before: dict[str, int]
) -> list[Failed]:
    """Try new containers side by side: good by their healthcheck, reached from the network, good for as long as asked.

    ``before`` holds the restarts of wanted containers that ran already: old mishaps are no news.
    """
    relay = _relay(site)
    for door in _doors(step):
        relay.stand(door.network)  # it has started by the time that they are good
    tried = list(fresh)
    found = await asyncio.gather(*(_why_not(site, step, service, each, before.get(each.id, 0)) for each in tried))
    return [Failed(state, why) for state, why in zip(tried, found, strict=True) if why]


async def _why_not(site: Site, step: Step, service: Service, state: ContainerState, restarts: int) -> str:
    limit = site.settings.deploy.health_timeout
    why = await wait_good(site.ports, state.id, site.progress, restarts=restarts, seconds=limit)
    if why:
        return why
    if state.health == "none":
        note = f"{service.name} has no healthcheck: it counts as good after {STABLE_SECONDS:.0f} s without a restart"
        site.notes.extend({note} - set(site.notes))
    if shut := await _shut(site, step, state):
        return shut
    if step.rollout.monitor:
        site.progress(f"{state.name} is good, watched for {step.rollout.monitor:.0f} s as update_config says")
    return await stays_good(site.ports, state.id, step.rollout.monitor, restarts=restarts)


async def _shut(site: Site, step: Step, state: ContainerState) -> str:
    """Why the proxies cannot reach it, by its address and by the name that they ask for; empty when they can."""
    relay = _relay(site)
    for door in _doors(step):
        if address := state.networks.get(door.network):
            try:
                if why := await _knock(site, relay, door, address):
                    return f"{state.name} is healthy, but {why}"
            except EngineError as error:
                site.notes.append(f"nobody tried whether {step.service} is reached from {door.network}: {error.what}")
    return ""


def _relay(site: Site) -> Relay:
    return site.ports.relay or Relay(site.ports.engine)


def _doors(step: Step) -> tuple[Door, ...]:
    """Where proxies find the service while old and new containers stand side by side."""
    return step.doors if step.strategy is Strategy.START_FIRST else ()


def _asked_at(site: Site, step: Step, state: ContainerState) -> dict[str, str]:
    """The addresses by network where proxies ask a container; none where the file gives addresses out by hand.

    There a relay could take the one of a container that is just being started again.
    """
    placed = {place.network for service in site.stack.services for place in service.networks if place.fixed}
    by_hand = {network.full_name for key in placed if (network := site.stack.network(key))}
    asked = {door.network for door in _doors(step)} - by_hand
    return {network: address for network, address in state.networks.items() if address and network in asked}


async def _knock(site: Site, relay: Relay, door: Door, address: str) -> str:
    for _ in range(_KNOCKS):
        direct, named = await relay.reach(door.network, [(address, door.port), (door.host, door.port)])
        if direct.state == named.state == "open":
            return ""
        await site.ports.clock.sleep(_BETWEEN)
    if direct.state != "open":
        hint = ", does it listen on 127.0.0.1 only?" if direct.state == "refused" else ""
        return f"port {door.port} of its address in {door.network} is {direct.state}{hint}"
    return f"{door.host}:{door.port} is {named.state} in {door.network}"


async def give_up(site: Site, step: Step, failed: list[Failed], made: list[ContainerState]) -> None:
    """Do what ``failure_action`` says: raise for rollback (the default) and pause; return for continue.

    Rollback takes away what this step ``made``. Pause stops what failed: it gets no requests, and can be looked at.
    """
    service = site.service(step.service)
    failure = await container_failure(site.ports, service.name, failed[0].state.id, failed[0].why)
    match step.rollout.failure_action:
        case "continue":
            site.left.add(service.name)
            site.notes.append(f"{failure.what}; {service.name} is left as it is, as its failure_action says")
        case "pause":
            for each in failed:
                await site.ports.engine.stop(each.state.id, grace_of(service))
            raise _paused(site, service, failure)
        case _:
            await retire(site, step, made)
            raise failure


async def retire(site: Site, step: Step, states: Iterable[ContainerState]) -> None:
    """Ask containers to stop, give them their grace to finish what they are at, and remove them.

    Where others go on serving, a proxy that still knows their address is refused there and asks the others.
    """
    engine, grace = site.ports.engine, grace_of(site.service(step.service))
    for state in states:
        async with refused(_relay(site), engine, _asked_at(site, step, state), step.lookup_seconds + _FORGOTTEN):
            site.progress(f"stopping {state.name}, up to {grace:.0f} s")
            await engine.stop(state.id, grace)
        await engine.remove(state.id, force=True)


def grace_of(service: Service) -> float:
    """Seconds that its containers have to end by themselves."""
    return _DEFAULT_GRACE if service.stop_grace is None else service.stop_grace


def _paused(site: Site, service: Service, failure: StepFailedError) -> StepFailedError:
    back = f", or `flawless rollback --to {site.release.parent}` to go back" if site.release.parent else ""
    remedy = f"mend what these lines say and `flawless deploy` to go on{back}"
    message = f"{failure.what}; paused as the failure_action of {service.name} says: old and new containers are left"
    return StepFailedError(structs.replace(failure.cause, message=message, remedy=remedy), paused=True)
