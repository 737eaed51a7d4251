"""websocket-headers-missing over handshakes that nobody answered."""

from __future__ import annotations

import pytest

from flawless.checks.edge.websocket_headers_missing import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.observed import UNTRUSTED
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("connection refused", Outcome.FAIL),
        (f"https://a/ws: {UNTRUSTED}: certificate has expired", Outcome.UNKNOWN),
    ],
)
def test_what_works_at_the_service_fails_at_the_proxy_unless_nothing_was_asked(error: str, outcome: Outcome) -> None:
    handshake = {"path": "/ws", "status": 0, "direct": 101, "service": "backend", "error": error}
    assert ask(CHECK, Level.LIVE, {"app-handshakes": {"stack": [handshake]}}).outcome is outcome
