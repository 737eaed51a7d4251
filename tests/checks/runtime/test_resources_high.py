"""resources-high over readings and windows."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from flawless.checks.runtime.resources_high import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Limits, Role
from flawless.testing import samples
from flawless.testing.ask import ask

NO_LIMITS = {"memory_limit": 0, "cpu_limit": 0, "pids_limit": 0}


@pytest.mark.parametrize(
    ("usage", "outcome"),
    [
        ([{}], Outcome.PASS),
        ([{"memory": 250 * 1024 * 1024}], Outcome.FAIL),
        ([{"cpu": 0.95}], Outcome.FAIL),
        ([{"pids": 95}], Outcome.FAIL),
        ([{}, {"pids": 95}], Outcome.FAIL),
        ([{"memory": 250 * 1024 * 1024, **NO_LIMITS}], Outcome.NOT_APPLICABLE),
        ([], Outcome.UNKNOWN),
    ],
)
def test_ninety_percent_of_a_limit_is_too_much(usage: list[Any], outcome: Outcome) -> None:
    world = samples.stack(samples.service("backend", role=Role.BACKEND))
    assert ask(CHECK, Level.LIVE, {"usage": {"service:backend": usage}}, stack=world).outcome is outcome


@pytest.mark.parametrize(
    ("memory", "cpu", "outcome"),
    [
        ([100, 120], [0.1, 0.2], Outcome.PASS),
        ([100, 250, 100], [0.1, 0.1, 0.1], Outcome.FAIL),
        ([100, 100, 100], [1.0, 0.1, 0.1], Outcome.PASS),
        ([100, 100, 100], [1.0, 0.95, 0.95], Outcome.FAIL),
        ([], [], Outcome.UNKNOWN),
    ],
)
def test_over_the_window_peak_memory_and_mean_cpu_count(memory: list[int], cpu: list[float], outcome: Outcome) -> None:
    pairs = zip(memory, cpu, strict=True)
    taken = [{"at": n, "memory": mb * 1024 * 1024, "cpu": cores} for n, (mb, cores) in enumerate(pairs)]
    assert ask(CHECK, Level.SOAK, {"window": {"service:backend": {"samples": taken}}}).outcome is outcome


def test_without_limits_a_window_cannot_be_judged() -> None:
    free = structs.replace(samples.service("backend", role=Role.BACKEND), limits=Limits())
    assert ask(CHECK, Level.SOAK, stack=samples.stack(free)).outcome is Outcome.NOT_APPLICABLE


def test_a_job_that_is_not_running_is_not_asked() -> None:
    world = samples.stack(samples.service("migrate", role=Role.JOB))
    assert ask(CHECK, Level.LIVE, stack=world).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("window", "outcome"),
    [
        ({"periods": 1000, "throttled": 250}, Outcome.PASS),
        ({"periods": 1000, "throttled": 251}, Outcome.FAIL),
        ({"periods": 0, "throttled": 0}, Outcome.PASS),
        ({"peak": 250 * 1024 * 1024}, Outcome.FAIL),
    ],
)
def test_being_held_back_and_a_short_peak_count(window: dict[str, Any], outcome: Outcome) -> None:
    assert ask(CHECK, Level.SOAK, {"window": {"service:backend": window}}).outcome is outcome


@pytest.mark.parametrize(("slope", "outcome"), [(0.001, Outcome.FAIL), (0.0, Outcome.PASS)])
def test_cpu_that_grows_under_the_same_load_is_told(slope: float, outcome: Outcome) -> None:
    taken = [{"at": at, "memory": 1, "cpu": 0.1 + slope * at} for at in range(0, 600, 5)]
    verdict = ask(CHECK, Level.SOAK, {"window": {"service:backend": {"samples": taken}}})
    assert (verdict.outcome, "0.06 cores a minute" in verdict.reason) == (outcome, outcome is Outcome.FAIL)
