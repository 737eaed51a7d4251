"""resource-limits-missing over the three limits."""

from __future__ import annotations

import pytest

from flawless.checks.images.resource_limits_missing import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Limits
from flawless.testing import samples
from flawless.testing.ask import ask

FAIL, PASS, UNKNOWN = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("memory", "cpus", "pids", "said"),
    [
        (64 * 1024 * 1024, 0.5, 100, "64 MB, 0.5 CPU, 100 processes"),
        (None, 0.5, 100, "no limit on memory"),
        (1, None, 100, "no limit on CPU"),
        (1, 0.5, None, "no limit on processes"),
        (1, 0.5, -1, "no limit on processes"),
        (None, None, None, "no limit on memory and CPU and processes"),
    ],
)
def test_all_three_limits_are_wanted(memory: int | None, cpus: float | None, pids: int | None, said: str) -> None:
    world = samples.stack(samples.service("app", limits=Limits(cpus, memory, pids)))
    verdict = ask(CHECK, Level.FILES, stack=world)
    assert (verdict.outcome, verdict.reason) == (FAIL if said.startswith("no") else PASS, said)


def test_what_the_engine_enforces_counts_in_the_running_stack() -> None:
    changes = {"containers": {"service:backend": [{"memory": 0}, {}]}}
    verdict = ask(CHECK, Level.LIVE, changes)
    assert verdict.reason == "sample-backend-1: no limit on memory"
    empty = ask(CHECK, Level.LIVE, {"containers": {"service:backend": []}})
    assert empty.outcome is UNKNOWN


def test_a_job_without_a_container_does_not_apply() -> None:
    verdict = ask(CHECK, Level.LIVE, {"containers": {"service:migrate": []}})
    finding = next(each for each in verdict.findings if each.subject == "service:migrate")
    assert finding.outcome is Outcome.NOT_APPLICABLE
