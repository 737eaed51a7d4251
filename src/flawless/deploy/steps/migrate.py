"""A job runs once in the new image, before anything that serves is switched."""

from __future__ import annotations

from flawless.deploy.failure import container_failure
from flawless.deploy.handler import Handler
from flawless.deploy.site import Outcome, Site, compose, observe
from flawless.model.observed import ContainerState
from flawless.model.plan import Step, StepKind

# A migration of a small team's database; longer ones are run by hand before the deploy.
JOB_SECONDS = 600.0


async def act(site: Site, step: Step) -> None:
    """Wait for a run that is under way (a migration is never cut off), else run it, and wait for its end."""
    running, ended = await _runs(site, step.service)
    for state in running:
        site.progress(f"waiting for {state.name}, which runs already")
        await site.ports.engine.wait(state.id, JOB_SECONDS)
    if (await proof(site, step)).holds:
        return
    for state in [*running, *ended]:
        await site.ports.engine.remove(state.id, force=True)
    site.progress(f"running {step.service}")
    await compose(site, "up", "--detach", "--no-deps", "--no-build", step.service)
    _, ended = await _wait(site, step.service)
    for state in ended:
        if state.exit_code or state.oom_killed:
            why = f"the job {step.service} ended with status {state.exit_code}"
            raise await container_failure(site.ports, step.service, state.id, why)


async def _wait(site: Site, service: str) -> tuple[list[ContainerState], list[ContainerState]]:
    running, _ = await _runs(site, service)
    for state in running:
        await site.ports.engine.wait(state.id, JOB_SECONDS)
    return await _runs(site, service)


async def _runs(site: Site, service: str) -> tuple[list[ContainerState], list[ContainerState]]:
    states = (await observe(site.stack, site.ports)).get(service, ())
    running = [state for state in states if state.state == "running"]
    return running, [state for state in states if state.state != "running"]


async def proof(site: Site, step: Step) -> Outcome:
    """A container of the wanted image and configuration ended with 0."""
    wanted = site.wanted[step.service]
    _, ended = await _runs(site, step.service)
    for state in ended:
        right = state.image_id == wanted.image_id and state.config_hash == wanted.config_hash
        if right and state.state == "exited" and state.exit_code == 0:
            return Outcome(True, f"{state.name} ended with 0 in {wanted.image_id[7:19]}")
    return Outcome(False, "it has not ended well in the new image")


HANDLER = Handler(StepKind.MIGRATE, act, proof)
