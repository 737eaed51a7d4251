"""A service changes hands: start-first, stop-first, or created where nothing ran."""

from __future__ import annotations

from flawless.deploy.failure import container_failure
from flawless.deploy.files import place
from flawless.deploy.handler import Handler
from flawless.deploy.health import deadline, good, wait_good
from flawless.deploy.site import Outcome, Site, compose, observe
from flawless.model.observed import ContainerState
from flawless.model.plan import Step, StepKind, Strategy
from flawless.model.stack import Service

_DEFAULT_GRACE = 30.0


def _split(site: Site, name: str, states: tuple[ContainerState, ...]) -> tuple[list[ContainerState], ...]:
    """A service's containers as (running and wanted, running and not wanted, not running)."""
    wanted = site.wanted[name]
    running = [state for state in states if state.state in ("running", "restarting", "paused")]
    new = [s for s in running if s.image_id == wanted.image_id and s.config_hash == wanted.config_hash]
    old = [state for state in running if state not in new]
    return new, old, [state for state in states if state not in running]


async def act(site: Site, step: Step) -> None:
    """Bring the service to the wanted image and configuration; a failed start-first leaves the old one serving."""
    service = site.service(step.service)
    states = (await observe(site.stack, site.ports)).get(service.name, ())
    new, old, stale = _split(site, service.name, states)
    for state in stale:
        await site.ports.engine.remove(state.id, force=True)
    await _retire(site, service, new[service.replicas :])
    new = new[: service.replicas]
    await place(site, service)
    start_first = step.strategy is Strategy.START_FIRST
    if old and not start_first:
        await _retire(site, service, old)
    if len(new) < service.replicas:
        beside = len(new) + (len(old) if start_first else 0)
        await _start(site, service, beside + service.replicas - len(new))
    await _settle(site, service, {state.id: state.restart_count for state in new})
    if start_first:
        await _retire(site, service, old)


async def _start(site: Site, service: Service, scale: int) -> None:
    site.progress(f"starting {service.name}")
    options = ("--detach", "--no-deps", "--no-recreate", "--no-build", "--scale", f"{service.name}={scale}")
    await compose(site, "up", *options, service.name)


async def _settle(site: Site, service: Service, before: dict[str, int]) -> None:
    """Wait until each new container is good; when one will not be, remove those made now, and say why.

    ``before`` holds the restarts of wanted containers that ran already: they are waited for, never removed.
    """
    states = (await observe(site.stack, site.ports)).get(service.name, ())
    new, _, _ = _split(site, service.name, states)
    made = new or [state for state in states if state.image_id == site.wanted[service.name].image_id]
    for state in made:
        restarts = before.get(state.id, 0)
        why = await wait_good(site.ports, state.id, deadline(service), site.progress, restarts=restarts)
        if why:
            failure = await container_failure(site.ports, service.name, state.id, why)
            await _retire(site, service, [each for each in made if each.id not in before])
            raise failure


async def _retire(site: Site, service: Service, states: list[ContainerState]) -> None:
    grace = _DEFAULT_GRACE if service.stop_grace is None else service.stop_grace
    for state in states:
        site.progress(f"stopping {state.name}, up to {grace:.0f} s")
        await site.ports.engine.stop(state.id, grace)
        await site.ports.engine.remove(state.id, force=True)


async def proof(site: Site, step: Step) -> Outcome:
    """Exactly the wanted replicas run, all good, and nothing else of this service is left."""
    service = site.service(step.service)
    states = (await observe(site.stack, site.ports)).get(service.name, ())
    new, old, stale = _split(site, service.name, states)
    now = site.ports.clock.now()
    count = sum(good(state, now) for state in new)
    if count == service.replicas == len(new) and not old and not stale:
        names = ", ".join(f"{state.name} {state.image_id[7:19]}" for state in new)
        return Outcome(True, f"{names}: {new[0].health if new else ''}")
    return Outcome(False, f"{count} of {service.replicas} wanted containers are good, {len(old)} old ones run")


HANDLER = Handler(StepKind.SWITCH, act, proof)
