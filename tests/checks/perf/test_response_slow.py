"""response-slow over single answers and over the window."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.perf.response_slow import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [([0.02], Outcome.PASS), ([0.5], Outcome.PASS), ([0.51], Outcome.FAIL), ([0.9, 0.02, 0.03], Outcome.FAIL)],
)
def test_one_slow_route_is_a_failure(seconds: list[float], outcome: Outcome) -> None:
    answers = [{"seconds": taken} for taken in seconds]
    assert ask(CHECK, Level.LIVE, {"routes": {"stack": answers}}).outcome is outcome


def test_a_stack_without_proxy_has_no_route() -> None:
    nothing: dict[str, dict[str, list[str]]] = {"routes": {"stack": []}}
    lonely = samples.stack(samples.service("backend", role=Role.BACKEND))
    assert ask(CHECK, Level.LIVE, nothing, stack=lonely).outcome is Outcome.NOT_APPLICABLE


def test_a_route_that_did_not_answer_has_no_time() -> None:
    assert ask(CHECK, Level.LIVE, {"routes": {"stack": [{"status": 0, "seconds": 9}]}}).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("latency", "outcome"),
    [
        ({"samples": 20, "p95_ms": 500}, Outcome.PASS),
        ({"samples": 20, "p95_ms": 501}, Outcome.FAIL),
        ({"samples": 19, "p95_ms": 10}, Outcome.UNKNOWN),
        ({"samples": 20, "failed": 1, "p95_ms": 10}, Outcome.UNKNOWN),
        ({"samples": 100, "failed": 90, "p95_ms": 10}, Outcome.FAIL),
        ({"samples": 100, "failed": 2, "p95_ms": 10}, Outcome.FAIL),
        ({"samples": 100, "failed": 1, "p95_ms": 10}, Outcome.PASS),
        ({"samples": 1000, "failed": 10, "p95_ms": 10}, Outcome.PASS),
        ({"samples": 1000, "failed": 11, "p95_ms": 10}, Outcome.FAIL),
    ],
)
def test_the_95th_percentile_of_enough_answers_counts(latency: dict[str, Any], outcome: Outcome) -> None:
    assert ask(CHECK, Level.SOAK, {"latency": {"stack": latency}}).outcome is outcome


@pytest.mark.parametrize(
    ("path", "outcome", "said"),
    [
        ({"samples": 40, "failed": 0, "p95_ms": 100}, Outcome.PASS, ""),
        ({"samples": 40, "failed": 0, "p95_ms": 600}, Outcome.FAIL, "/shop: p50 80 ms, p95 600 ms over 40 answers"),
        ({"samples": 40, "failed": 9, "p95_ms": 100}, Outcome.FAIL, "/shop: 9 of 40 requests failed (status 502)"),
        ({"samples": 12, "failed": 0, "p95_ms": 100}, Outcome.UNKNOWN, "/shop: 12 answers are too few, 20 are needed"),
    ],
)
def test_each_further_path_counts_for_itself(path: dict[str, Any], outcome: Outcome, said: str) -> None:
    latency = {"paths": [{"path": "/shop", "p50_ms": 80, **path}], "first_failure": "status 502"}
    verdict = ask(CHECK, Level.SOAK, {"latency": {"stack": latency}})
    assert verdict.outcome is outcome
    assert said in [finding.message for finding in verdict.findings] or not said
