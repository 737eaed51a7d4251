"""The prober of a deploy, aimed where the probes of the edge look."""

from __future__ import annotations

from flawless.app.session import Session
from flawless.errors import EngineError
from flawless.ports.bundle import Target
from flawless.ports.prober import Prober
from flawless.probes.live._edge import edge_of
from flawless.probes.live._services import UnseenError


async def make_prober(session: Session) -> Prober | None:
    """A prober of the stack's health path through its proxy; None when the stack publishes nothing."""
    try:
        edge = await edge_of(Target(session.stack, session.settings, session.ports))
    except (UnseenError, EngineError):
        return None
    path = session.settings.edge.health_path
    rate = session.settings.deploy.probe_rate
    return Prober(f"{edge.base}{path}", rate=rate, ca=edge.ca, host=edge.host)
