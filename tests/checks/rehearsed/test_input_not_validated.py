"""An application that answered nothing from the start was not brought down by what was sent."""

from __future__ import annotations

import pytest

from flawless.checks.app.input_not_validated import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("controls", "outcome"),
    [
        ({"GET /a": 200}, Outcome.FAIL),
        ({"GET /a": 401, "GET /b": 0}, Outcome.FAIL),
        ({"GET /a": 0}, Outcome.UNKNOWN),
        ({"GET /a": 502}, Outcome.UNKNOWN),
        ({}, Outcome.UNKNOWN),
    ],
)
def test_it_has_to_have_answered_before(controls: dict[str, int], outcome: Outcome) -> None:
    seen = {"alive": False, "controls": controls, "misuses": []}
    assert ask(CHECK, Level.REHEARSAL, {"app-inputs": {"stack": seen}}).outcome is outcome
