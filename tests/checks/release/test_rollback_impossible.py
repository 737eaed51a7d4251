"""rollback-impossible over recorded releases."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.release.rollback_impossible import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask

LACKING = ["image of backend"]


@pytest.mark.parametrize(
    ("previous", "outcome"),
    [
        ([{}], Outcome.PASS),
        ([{"missing": LACKING}], Outcome.FAIL),
        ([{"missing": LACKING}, {}], Outcome.PASS),
        ([{"missing": LACKING}, {"state": "bad"}], Outcome.FAIL),
        ([{"state": "bad"}], Outcome.NOT_APPLICABLE),
        ([], Outcome.NOT_APPLICABLE),
        ({"unknown": "no engine"}, Outcome.UNKNOWN),
    ],
)
def test_one_complete_good_release_is_needed_once_there_was_one(previous: Any, outcome: Outcome) -> None:
    assert ask(CHECK, Level.LIVE, {"previous": {"stack": previous}}).outcome is outcome


def test_what_is_lacking_is_named() -> None:
    verdict = ask(CHECK, Level.LIVE, {"previous": {"stack": [{"missing": LACKING}]}})
    assert "r1 lacks image of backend" in verdict.reason
