"""secret-committed over what git tracks."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.secrets.secret_committed import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask

HIT = {"path": ".env", "line": 3, "kind": "password"}


@pytest.mark.parametrize(
    ("git", "outcome"),
    [
        ({"tracked_secrets": [HIT]}, Outcome.FAIL),
        ({"tracked_secrets": []}, Outcome.PASS),
        ({"repository": False, "tracked_secrets": []}, Outcome.NOT_APPLICABLE),
        ({"unknown": "git is not installed"}, Outcome.UNKNOWN),
    ],
)
def test_what_git_tracks_is_judged_where_there_is_git(git: dict[str, Any], outcome: Outcome) -> None:
    assert ask(CHECK, Level.FILES, {"git": {"stack": git}}).outcome is outcome


def test_each_committed_secret_is_named_by_file_line_and_kind() -> None:
    verdict = ask(CHECK, Level.FILES, {"git": {"stack": {"tracked_secrets": [HIT, HIT]}}})
    assert len(verdict.findings) == 2
    assert (verdict.reason, str(verdict.findings[0].location)) == ("git tracks a secret: password", ".env:3")
