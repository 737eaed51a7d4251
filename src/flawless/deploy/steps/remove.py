"""A service that the stack no longer has goes, its volumes stay."""

from __future__ import annotations

from flawless.deploy.handler import Handler
from flawless.deploy.site import Outcome, Site, observe
from flawless.model.plan import Step, StepKind

GRACE = 30.0


async def act(site: Site, step: Step) -> None:
    """Stop and remove its containers."""
    for state in (await observe(site.stack, site.ports)).get(step.service, ()):
        site.progress(f"stopping {state.name}")
        await site.ports.engine.stop(state.id, GRACE)
        await site.ports.engine.remove(state.id, force=True)


async def proof(site: Site, step: Step) -> Outcome:
    """No container of it is left."""
    left = (await observe(site.stack, site.ports)).get(step.service, ())
    return Outcome(not left, f"{len(left)} containers of {step.service} are left")


HANDLER = Handler(StepKind.REMOVE, act, proof)
