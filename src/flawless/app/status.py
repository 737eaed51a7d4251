"""``flawless status``: how the stack stands now. Reads only."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from flawless.app.gather import gather
from flawless.app.loading import LOOKING, loaded
from flawless.app.session import Asked, Progress, Session, open_to_look
from flawless.app.verify import store_of
from flawless.config import ledger_path
from flawless.errors import FlawlessError
from flawless.judging.around import around_of
from flawless.judging.standing import service_standing
from flawless.model.facts import service_subject
from flawless.model.history import RunRow
from flawless.model.keys import CONTAINERS, HOST, TLS
from flawless.model.release import ReleaseState
from flawless.model.standing import ReleaseMark, StackStanding
from flawless.ports.bundle import Ports, Target
from flawless.probes.live import containers, host, tls

_PROBES = (containers.PROBE, tls.PROBE, host.PROBE)  # named, so that none of the others is loaded


async def status(root: Path, ports: Ports, asked: Asked, progress: Progress) -> StackStanding:
    """How the stack in ``root`` stands; what could not be seen is in ``unseen``."""
    async with loaded((*LOOKING, "cryptography.x509")):
        session = await open_to_look(root, ports, asked, progress)
    target = Target(session.stack, session.settings, session.ports)
    facts, (mark, images, lost) = await asyncio.gather(
        gather(target, [CONTAINERS, TLS, HOST], _PROBES), _release(session)
    )
    verdict, unread = _verdict(session)
    services = tuple(
        service_standing(service, facts.get(CONTAINERS, service_subject(service.name)), images)
        for service in session.stack.services
    )
    around = around_of(facts)
    unseen = {"release": lost, "verdict": unread, **around.unseen}
    return StackStanding(
        name=session.stack.name,
        at=ports.clock.now(),
        services=services,
        release=mark,
        certificate_days=around.certificate_days,
        disk_free=around.disk_free,
        disk_total=around.disk_total,
        verdict=verdict,
        unseen={name: why for name, why in unseen.items() if why},
    )


async def _release(session: Session) -> tuple[ReleaseMark, dict[str, str], str]:
    """The newest release, the images that should run by service, and why the releases could not be read."""
    try:
        kept = await store_of(session).kept()
    except FlawlessError as error:
        return ReleaseMark(), {}, error.what
    good = next((release for release in kept if release.state is ReleaseState.GOOD), None)
    if not kept:
        return ReleaseMark(), {}, ""
    mark = ReleaseMark(kept[0].id, kept[0].state.value, kept[0].revision, good.id if good else "")
    # While a release is on its way, the containers are some of the old and some of the new one.
    settled = good is not None and kept[0].state is not ReleaseState.BUILDING
    return mark, {service: image for service, _, image in good.images} if good and settled else {}, ""


def _verdict(session: Session) -> tuple[RunRow | None, str]:
    """The newest recorded run, and why the ledger could not be read. Makes no ledger."""
    if not os.path.lexists(ledger_path(session.root, session.asked.ledger)):
        return None, ""
    try:
        book = session.ledger()
        try:
            return next(iter(book.runs(session.stack.name, limit=1)), None), ""
        finally:
            book.close()
    except FlawlessError as error:
        return None, error.what
