"""The proxy shows a page: 503 with Retry-After, while what it forwards to is replaced."""

from __future__ import annotations

from flawless.deploy.handler import Handler
from flawless.deploy.maintenance import paused
from flawless.deploy.site import Outcome, Site, pending_reload
from flawless.deploy.steps import _page
from flawless.model.plan import Step, StepKind


async def act(site: Site, step: Step) -> None:
    """Load a configuration whose published servers answer 503; where nginx refuses it, its own goes on."""
    service = site.service(step.service)
    own = await _page.live_files(site, service)
    ports = [port.target for port in service.ports]
    page = {path: paused(raw.decode(errors="surrogateescape"), ports) for path, raw in own.items()}
    shown = {path: text.encode(errors="surrogateescape") for path, text in page.items()}
    why = "none of its servers is published"
    if shown != own:
        _page.keep(site, service.name, own)
        why = await _page.replace(site, service, shown)
    if why:
        site.progress(f"{service.name} shows no page, the deploy goes on without: {why}")
        await _page.replace(site, service, own)
        _page.keep(site, service.name, {})


async def proof(site: Site, step: Step) -> Outcome:
    """The page is loaded, or it was tried: that none can be shown is no reason to stop."""
    if not _page.kept_at(site, step.service).is_file():
        return Outcome(False, f"{step.service} shows no page")
    if not _page.kept(site, step.service):
        return Outcome(True, f"{step.service} cannot show a page; the deploy goes on without")
    shown = pending_reload(site.folder, step.service).exists()
    return Outcome(shown, f"{step.service} answers 503 with Retry-After" if shown else "the page is not shown any more")


HANDLER = Handler(StepKind.PAUSE, act, proof)
