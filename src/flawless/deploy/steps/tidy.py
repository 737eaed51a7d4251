"""What an interrupted start or recreate left beside a service that stays: removed, or given its own name again."""

from __future__ import annotations

from flawless.deploy.collateral import leftovers, proper_name
from flawless.deploy.handler import Handler
from flawless.deploy.site import Outcome, Site, observe
from flawless.model.observed import ContainerState
from flawless.model.plan import Step, StepKind


async def act(site: Site, step: Step) -> None:
    """Remove what does not run; what runs under a passing name gets its own."""
    for state in await _left(site, step):
        if state.state == "running":
            site.progress(f"renaming {state.name}")
            await site.ports.engine.rename(state.id, proper_name(state.name))
        else:
            site.progress(f"removing {state.name}, which does not run")
            await site.ports.engine.remove(state.id, force=True)


async def _left(site: Site, step: Step) -> list[ContainerState]:
    """Those that do not run first: one of them may hold the name that another is given."""
    found = leftovers((await observe(site.stack, site.ports)).get(step.service, ()))
    return sorted(found, key=lambda state: state.state == "running")


async def proof(site: Site, step: Step) -> Outcome:
    """Nothing is left over."""
    left = await _left(site, step)
    names = ", ".join(state.name for state in left)
    return Outcome(not left, f"left over: {names}" if left else f"nothing is left over beside {step.service}")


HANDLER = Handler(StepKind.TIDY, act, proof)
