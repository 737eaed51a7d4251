"""service-unhealthy over health states, live and over the window."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.runtime.service_unhealthy import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask


@pytest.mark.parametrize("level", [Level.LIVE, Level.SOAK])
@pytest.mark.parametrize(
    ("containers", "outcome"),
    [
        ([{"health": "healthy"}], Outcome.PASS),
        ([{"health": "unhealthy"}], Outcome.FAIL),
        ([{"health": "starting"}], Outcome.FAIL),
        ([{"health": "healthy"}, {"health": "starting"}], Outcome.FAIL),
        ([{"health": "none"}], Outcome.UNKNOWN),
        ([{"health": "unhealthy", "state": "exited"}], Outcome.UNKNOWN),
        ([], Outcome.FAIL),
    ],
)
def test_only_healthy_counts(level: Level, containers: list[Any], outcome: Outcome) -> None:
    assert ask(CHECK, level, {"containers": {"service:backend": containers}}).outcome is outcome


def test_a_service_that_wavers_over_the_window_fails_though_it_is_healthy_now() -> None:
    verdict = ask(CHECK, Level.SOAK, {"window": {"service:backend": {"health_flaps": 2, "seconds": 15}}})
    assert verdict.outcome is Outcome.FAIL
    assert "2 times over 15 s (asked for: 300 s)" in verdict.reason


def test_a_job_has_no_health() -> None:
    world = samples.stack(samples.service("migrate", role=Role.JOB))
    assert ask(CHECK, Level.LIVE, stack=world).outcome is Outcome.NOT_APPLICABLE
