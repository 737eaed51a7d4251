"""The proxy takes a new configuration without being replaced: tested in its own container first."""

from __future__ import annotations

from pathlib import Path

from flawless.deploy.files import place, put_back
from flawless.deploy.handler import Handler
from flawless.deploy.nginx import refused, reloaded, running
from flawless.deploy.site import Outcome, Site, files_digest, pending_reload
from flawless.model.plan import Step, StepKind


async def act(site: Site, step: Step) -> None:
    """Put the files in place, ask nginx whether it accepts them, and reload; refused files are taken back."""
    service = site.service(step.service)
    pending = pending_reload(site.folder, step.service)
    site.ports.files.write(pending, b"")
    saved = await place(site, service)
    for state in await running(site, step.service):
        if said := await reloaded(site, state):
            await put_back(site, service, saved)
            site.ports.files.remove(pending)
            raise refused(
                site, step.service, said, f"{step.service} refused the new configuration; the old one goes on"
            )
    site.ports.files.write(_marker(site, step), (await _mark(site, step)).encode())
    site.ports.files.remove(pending)


def _marker(site: Site, step: Step) -> Path:
    return site.folder / f"reloaded-{step.service}"


async def _mark(site: Site, step: Step) -> str:
    """What was reloaded: the live files, in these containers since their start."""
    digest = files_digest(site.service(step.service), site.live)
    containers = [f"{state.id}@{state.started_at}" for state in await running(site, step.service)]
    return "\n".join([digest, *containers])


async def proof(site: Site, step: Step) -> Outcome:
    """The live files are the release's, and these containers accepted and loaded them."""
    wanted = site.wanted[step.service].files_digest
    live = files_digest(site.service(step.service), site.live)
    if live != wanted:
        return Outcome(False, "the live configuration is not the release's")
    if pending_reload(site.folder, step.service).exists():
        return Outcome(False, "a reload was cut off, or addresses changed since the last one")
    marker = _marker(site, step)
    recorded = marker.read_text() if marker.is_file() else ""
    if recorded != await _mark(site, step):
        return Outcome(False, "the proxy has not loaded these files")
    return Outcome(True, f"nginx -t accepted and loaded {live[:12]}")


HANDLER = Handler(StepKind.RELOAD, act, proof)
