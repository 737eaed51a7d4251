"""logs-show-errors over templates."""

from __future__ import annotations

import pytest

from flawless.checks.runtime.logs_show_errors import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask


def _errors(*examples: str) -> list[dict[str, object]]:
    return [{"template": example, "count": number, "example": example} for number, example in enumerate(examples, 1)]


@pytest.mark.parametrize(
    ("examples", "outcome"),
    [
        ([], Outcome.PASS),
        (["ERROR boom"], Outcome.FAIL),
        (["FATAL:  the database system is starting up"], Outcome.PASS),
        (["FATAL:  the database system is starting up", "ERROR boom"], Outcome.FAIL),
        (["FATAL:  password authentication failed"], Outcome.FAIL),
    ],
)
def test_an_error_counts_unless_it_belongs_to_every_start(examples: list[str], outcome: Outcome) -> None:
    errors = _errors(*examples)
    assert ask(CHECK, Level.LIVE, {"logs": {"service:backend": {"errors": errors}}}).outcome is outcome
    assert ask(CHECK, Level.SOAK, {"window": {"service:backend": {"new_errors": errors}}}).outcome is outcome


def test_the_most_frequent_come_first_and_the_rest_is_counted() -> None:
    errors = _errors(*(f"ERROR number {number}" for number in range(8)))
    found = [
        finding.message
        for finding in ask(CHECK, Level.LIVE, {"logs": {"service:backend": {"errors": errors}}}).findings
        if finding.outcome is Outcome.FAIL
    ]
    assert found[0] == "8 times in 100 lines: ERROR number 7"
    assert found[-1] == "and 3 more shapes of error in 100 lines"


def test_a_long_line_is_cut() -> None:
    verdict = ask(CHECK, Level.LIVE, {"logs": {"service:backend": {"errors": _errors("ERROR " + "x" * 900)}}})
    assert len(verdict.reason) < 250
