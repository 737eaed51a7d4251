"""A service changes hands: start-first, stop-first, or created where nothing ran."""

from __future__ import annotations

from msgspec import Struct

from flawless.deploy.files import place
from flawless.deploy.handler import Handler
from flawless.deploy.health import good
from flawless.deploy.nginx import announce, settled, tell
from flawless.deploy.rollout import Failed, failed_ones, give_up, retire
from flawless.deploy.site import Outcome, Site, compose, observe, pending_reload
from flawless.model.observed import ContainerState
from flawless.model.plan import Step, StepKind, Strategy
from flawless.model.stack import Service

_RUNNING = frozenset({"running", "restarting", "paused"})


class Seen(Struct, frozen=True):
    """A service's containers: running and wanted, running and not wanted, not running but as wanted, and the rest.

    Those above the number of replicas are not wanted.
    """

    new: tuple[ContainerState, ...]
    old: tuple[ContainerState, ...]
    ended: tuple[ContainerState, ...]
    stale: tuple[ContainerState, ...]

    @property
    def running(self) -> int:
        """How many run."""
        return len(self.new) + len(self.old)


async def _look(site: Site, step: Step) -> Seen:
    wanted = site.wanted[step.service]
    states = (await observe(site.stack, site.ports)).get(step.service, ())

    def right(state: ContainerState) -> bool:
        same = state.image_id == wanted.image_id and state.config_hash == wanted.config_hash
        return same and state.id not in step.replaces

    running = [state for state in states if state.state in _RUNNING]
    ended = [state for state in states if state.state not in _RUNNING]
    new = [state for state in running if right(state)][: site.service(step.service).replicas]
    return Seen(
        new=tuple(new),
        old=tuple(state for state in running if state not in new),
        ended=tuple(state for state in ended if right(state)),
        stale=tuple(state for state in ended if not right(state)),
    )


async def act(site: Site, step: Step) -> None:
    """Bring the service to the wanted image and configuration; a failed start-first leaves the old one serving.

    What is there is looked at by label before everything that is done, so that a run that was cut off is finished.
    """
    service = site.service(step.service)
    unfinished = (*step.reload, *((service.name,) if step.replaces else ()))
    seen = await _look(site, step)
    for state in (*seen.stale, *seen.ended):
        await site.ports.engine.remove(state.id, force=True)
    announce(site, unfinished)
    await place(site, service)
    if await _replace(site, step, service):
        await _retire_old(site, step, service, keep=0)
        await _hand_name_over(site, step, service)
    await tell(site, step.reload)
    settled(site, unfinished)


async def _replace(site: Site, step: Step, service: Service) -> bool:
    """New containers in batches until there are as many as wanted, each of them good; False: it was given up."""
    before = {state.id: state.restart_count for state in (await _look(site, step)).new}
    done: set[str] = set()
    failures = 0
    while True:
        await _start_batch(site, step, service, later=bool(done))
        seen = await _look(site, step)
        fresh = [state for state in (*seen.new, *seen.ended) if state.id not in done]
        if not fresh:
            return True
        failed = await failed_ones(site, step, service, fresh, before)
        failures += len(failed)
        done |= {state.id for state in fresh} - {each.state.id for each in failed}
        goes_on = not failed or await _goes_on(site, step, failed, failures, before)
        if step.strategy is Strategy.START_FIRST:
            await _retire_old(site, step, service, keep=max(0, service.replicas - len(done)))
        if not goes_on:
            return False


async def _start_batch(site: Site, step: Step, service: Service, *, later: bool) -> None:
    """Start as many as are missing, at most a batch; stop-first makes room for them."""
    seen = await _look(site, step)
    missing = service.replicas - len(seen.new)
    if missing <= 0:
        return
    batch = min(missing, step.rollout.parallelism or missing)
    if later and step.rollout.delay:
        site.progress(f"{service.name}: the next {batch} in {step.rollout.delay:.0f} s, as update_config says")
        await site.ports.clock.sleep(step.rollout.delay)
    if step.strategy is not Strategy.START_FIRST:
        await retire(site, step, seen.old if batch == missing else seen.old[:batch])
        seen = await _look(site, step)
    site.progress(f"starting {service.name}")
    options = ("--detach", "--no-deps", "--no-recreate", "--no-build")
    scale = ("--scale", f"{service.name}={seen.running + batch}")
    await compose(site, "up", *options, *scale, service.name, alone=step.strategy is not Strategy.START_FIRST)


async def _goes_on(site: Site, step: Step, failed: list[Failed], failures: int, before: dict[str, int]) -> bool:
    """Whether others are tried in the place of those that failed; raises when the step ends with them."""
    replicas = site.service(step.service).replicas
    tolerated = failures <= step.rollout.max_failure_ratio * replicas
    if not tolerated:
        await give_up(site, step, failed, await _surplus(site, step, failed, before))
    # Where nothing else is left to serve, a restart policy may still bring it about.
    for each in failed if tolerated or step.strategy is Strategy.START_FIRST else ():
        site.progress(f"{each.why}: removed, {failures} of {replicas} failed so far")
        await site.ports.engine.remove(each.state.id, force=True)
    return tolerated


async def _surplus(site: Site, step: Step, failed: list[Failed], before: dict[str, int]) -> list[ContainerState]:
    """What this step made; once old ones are gone for them, only those that failed, for the others serve."""
    seen = await _look(site, step)
    if len(seen.old) < site.service(step.service).replicas:
        return [each.state for each in failed]
    return [state for state in (*seen.new, *seen.ended) if state.id not in before]


async def _retire_old(site: Site, step: Step, service: Service, *, keep: int) -> None:
    """Stop and remove the old ones but ``keep``, once every proxy can know the new ones."""
    seen = await _look(site, step)
    leaving = seen.old[: max(0, len(seen.old) - keep)]
    if not leaving:
        return
    if seen.new:
        await tell(site, step.reload)
        youngest = max(state.started_at for state in seen.new)
        known = youngest + step.lookup_seconds - site.ports.clock.now()
        await site.ports.clock.sleep(min(max(0.0, known), step.lookup_seconds))
    await retire(site, step, leaving)


async def _hand_name_over(site: Site, step: Step, service: Service) -> None:
    """The name that the file fixes goes to the container that serves; the old one is gone by now."""
    for state in (await _look(site, step)).new[:1]:
        if service.handed_name and state.name != service.handed_name:
            site.progress(f"{state.name} is called {service.handed_name} from now on")
            await site.ports.engine.rename(state.id, service.handed_name)


async def proof(site: Site, step: Step) -> Outcome:
    """Exactly the wanted replicas run, all good and called as they should be, and nothing else of it is left."""
    service = site.service(step.service)
    seen = await _look(site, step)
    now = site.ports.clock.now()
    count = sum(good(state, now) for state in seen.new)
    whole = f"{count} of {service.replicas} wanted containers are good, {len(seen.old)} old ones run"
    if step.service in site.left:
        return Outcome(True, f"{whole}; failure_action continue leaves it so, and the verification decides")
    if not count == service.replicas == len(seen.new) or seen.old or seen.stale or seen.ended:
        return Outcome(False, whole)
    if service.handed_name and all(state.name != service.handed_name for state in seen.new):
        return Outcome(False, f"{seen.new[0].name} is not called {service.handed_name} yet")
    if waiting := [proxy for proxy in step.reload if pending_reload(site.folder, proxy).exists()]:
        return Outcome(False, f"{', '.join(waiting)} has not been reloaded since")
    names = ", ".join(f"{state.name} {state.image_id[7:19]}" for state in seen.new)
    told = f"; {', '.join(step.reload)} reloaded, its workers are new" if step.reload else ""
    return Outcome(True, f"{names}: {_health(seen)}{told}")


def _health(seen: Seen) -> str:
    """How it is known that they are good."""
    if not seen.new:
        return "none is wanted"
    return "up without a restart, it has no healthcheck" if seen.new[0].health == "none" else seen.new[0].health


HANDLER = Handler(StepKind.SWITCH, act, proof)
