"""container-restarted over containers and windows."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.runtime.container_restarted import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("service", "container", "outcome"),
    [
        ("backend", {}, Outcome.PASS),
        ("backend", {"restart_count": 1}, Outcome.FAIL),
        ("backend", {"oom_killed": True}, Outcome.FAIL),
        ("migrate", {"restart_count": 2, "state": "exited", "exit_code": 0}, Outcome.PASS),
        ("migrate", {"restart_count": 2, "state": "exited", "exit_code": 1}, Outcome.FAIL),
    ],
)
def test_a_restart_is_a_failure_but_of_a_job_that_ended_well(
    service: str, container: dict[str, Any], outcome: Outcome
) -> None:
    assert ask(CHECK, Level.LIVE, {"containers": {f"service:{service}": [container]}}).outcome is outcome


@pytest.mark.parametrize(
    ("window", "outcome"),
    [({}, Outcome.PASS), ({"restarts": 1}, Outcome.FAIL), ({"oom_kills": 1}, Outcome.FAIL)],
)
def test_the_window_must_see_no_restart(window: dict[str, Any], outcome: Outcome) -> None:
    assert ask(CHECK, Level.SOAK, {"window": {"service:backend": window}}).outcome is outcome


def test_a_window_shorter_than_asked_is_judged_and_says_so() -> None:
    verdict = ask(CHECK, Level.SOAK, {"window": {"service:nginx": {"seconds": 15.0}}})
    assert verdict.outcome is Outcome.PASS
    assert "no restart over 15 s (asked for: 300 s)" in verdict.reason


def test_a_service_without_container_is_not_asked() -> None:
    gone: dict[str, dict[str, list[str]]] = {"containers": {"service:backend": []}}
    world = samples.stack(samples.service("backend", role=Role.BACKEND))
    assert ask(CHECK, Level.LIVE, gone, stack=world).outcome is Outcome.NOT_APPLICABLE
