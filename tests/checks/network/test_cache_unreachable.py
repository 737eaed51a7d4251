"""cache-unreachable over tables of facts."""

from __future__ import annotations

import pytest

from flawless.checks.network.cache_unreachable import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("logins", "outcome"),
    [
        ([{"stage": "done"}], Outcome.PASS),
        ([{"stage": "done"}, {"stage": "connect", "message": "connection refused"}], Outcome.FAIL),
        ([{"stage": "query", "message": "OOM command not allowed"}], Outcome.FAIL),
        ([], Outcome.UNKNOWN),
    ],
)
def test_every_cache_url_must_work(logins: list[dict[str, str]], outcome: Outcome) -> None:
    assert ask(CHECK, Level.LIVE, {"cache-logins": {"service:backend": logins}}).outcome is outcome


def test_the_failed_stage_and_the_code_are_told() -> None:
    login = {"stage": "login", "message": "no such user", "code": "WRONGPASS"}
    assert "login failed: no such user (WRONGPASS)" in (
        ask(CHECK, Level.LIVE, {"cache-logins": {"service:backend": [login]}}).reason
    )
