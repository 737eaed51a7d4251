"""The prober of a deploy, aimed as the settings say."""

from __future__ import annotations

from flawless.app.session import Session
from flawless.model.edge import base_url
from flawless.ports.prober import Prober


def make_prober(session: Session) -> Prober | None:
    """A prober of the stack's health path through its proxy; None when the stack publishes nothing."""
    base = base_url(session.stack, session.settings)
    if not base:
        return None
    edge = session.settings.edge
    ca = str(session.root / edge.ca) if edge.ca else ""
    return Prober(f"{base}{edge.health_path}", rate=session.settings.deploy.probe_rate, ca=ca, host=edge.host)
