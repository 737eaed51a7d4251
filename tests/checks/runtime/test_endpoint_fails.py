"""endpoint-fails over answers that were none."""

from __future__ import annotations

import pytest

from flawless.checks.app.endpoint_fails import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.observed import UNTRUSTED
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("connection refused", Outcome.FAIL),
        ("", Outcome.FAIL),
        (f"https://a/health: {UNTRUSTED}: certificate has expired", Outcome.UNKNOWN),
    ],
)
def test_who_does_not_answer_fails_unless_nothing_was_asked(error: str, outcome: Outcome) -> None:
    exchange = {"operation": "GET /health", "status": 0, "error": error}
    assert ask(CHECK, Level.LIVE, {"app-reads": {"stack": {"exchanges": [exchange]}}}).outcome is outcome
