"""The prober of a deploy, aimed where the probes of the edge look."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from flawless.app.session import Session
from flawless.errors import EngineError
from flawless.model.plan import StepKind, StepRecord, Traffic
from flawless.ports.bundle import Target
from flawless.ports.prober import Prober
from flawless.probes.live._edge import edge_of
from flawless.probes.live._services import UnseenError

_MOVES = frozenset({StepKind.SWITCH, StepKind.RELOAD, StepKind.REMOVE, StepKind.CLEAR})


async def make_prober(session: Session, rate: float = 0.0) -> Prober | None:
    """A prober of the stack's health path through its proxy; None when the stack publishes nothing.

    ``rate`` are requests a second, 0 for as many as the settings say.
    """
    try:
        edge = await edge_of(Target(session.stack, session.settings, session.ports))
    except (UnseenError, EngineError):
        return None
    path = session.settings.edge.health_path
    return Prober(f"{edge.base}{path}", rate=rate or session.settings.deploy.probe_rate, ca=edge.ca, host=edge.host)


@asynccontextmanager
async def probing(session: Session) -> AsyncIterator[Prober | None]:
    """A prober that sends requests meanwhile; None when the stack publishes nothing."""
    prober = await make_prober(session)
    if prober:
        prober.start()
    try:
        yield prober
    finally:
        if prober:
            await prober.stop()


def measured(prober: Prober | None, records: Iterable[StepRecord]) -> Traffic | None:
    """What the prober saw, parted at the first and the last step that changed what serves; None without a prober."""
    if prober is None:
        return None
    moved = [record for record in records if record.kind in _MOVES and record.began]
    if not moved:
        return prober.traffic()
    ended = max(record.began + record.seconds for record in moved)
    return prober.traffic((min(record.began for record in moved), ended))
