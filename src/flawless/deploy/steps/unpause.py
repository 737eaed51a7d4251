"""The proxy goes on with its own configuration after a page."""

from __future__ import annotations

from flawless.deploy.handler import Handler
from flawless.deploy.health import SAMPLE_SECONDS, deadline
from flawless.deploy.site import Outcome, Site, observe
from flawless.deploy.steps import _page
from flawless.model.plan import Step, StepKind


async def act(site: Site, step: Step) -> None:
    """Put its own files back, have them loaded, and wait until its healthcheck has seen it."""
    service = site.service(step.service)
    own = _page.kept(site, step.service)
    if own and await _page.replace(site, service, own):
        return
    _page.forget(site, step.service)
    end = site.ports.clock.monotonic() + await _given(site, step.service)
    while await _unhealthy(site, step.service) and site.ports.clock.monotonic() < end:
        await site.ports.clock.sleep(SAMPLE_SECONDS)


async def _given(site: Site, service: str) -> float:
    """Seconds in which the healthchecks of its containers must have seen it."""
    states = (await observe(site.stack, site.ports)).get(service, ())
    found = [await site.ports.engine.container(state.id) for state in states]
    return max((deadline(raw) for raw in found if raw), default=0.0)


async def _unhealthy(site: Site, service: str) -> bool:
    return any(state.health == "unhealthy" for state in (await observe(site.stack, site.ports)).get(service, ()))


async def proof(site: Site, step: Step) -> Outcome:
    """No page is shown."""
    shown = _page.kept_at(site, step.service).is_file()
    said = "still shows its page" if shown else "goes on with its own configuration"
    return Outcome(not shown, f"{step.service} {said}")


HANDLER = Handler(StepKind.UNPAUSE, act, proof)
