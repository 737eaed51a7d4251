"""service-not-running over containers."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.runtime.service_not_running import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("containers", "replicas", "outcome"),
    [
        ([{}], 1, Outcome.PASS),
        ([{}, {}], 2, Outcome.PASS),
        ([{}, {}], 1, Outcome.PASS),
        ([{}], 2, Outcome.FAIL),
        ([], 1, Outcome.FAIL),
        ([], 0, Outcome.NOT_APPLICABLE),
        ([{"state": "restarting"}], 1, Outcome.FAIL),
        ([{"state": "exited", "exit_code": 0}], 1, Outcome.FAIL),
        ([{"state": "created"}], 1, Outcome.FAIL),
    ],
)
def test_every_replica_of_a_service_must_run(containers: list[Any], replicas: int, outcome: Outcome) -> None:
    world = samples.stack(samples.service("backend", role=Role.BACKEND, replicas=replicas))
    assert ask(CHECK, Level.LIVE, {"containers": {"service:backend": containers}}, stack=world).outcome is outcome


@pytest.mark.parametrize(
    ("containers", "outcome"),
    [
        ([{"state": "exited", "exit_code": 0}], Outcome.PASS),
        ([{"state": "exited", "exit_code": 3}], Outcome.FAIL),
        ([{"state": "running"}], Outcome.UNKNOWN),
        ([], Outcome.NOT_APPLICABLE),
    ],
)
def test_a_job_must_have_ended_well(containers: list[Any], outcome: Outcome) -> None:
    world = samples.stack(samples.service("migrate", role=Role.JOB))
    assert ask(CHECK, Level.LIVE, {"containers": {"service:migrate": containers}}, stack=world).outcome is outcome


def test_the_reason_tells_exit_code_restarts_and_the_kill_for_memory() -> None:
    dead = {"state": "exited", "exit_code": 137, "oom_killed": True, "restart_count": 2}
    reason = ask(CHECK, Level.LIVE, {"containers": {"service:backend": [dead]}}).reason
    assert "exit code 137, killed for want of memory, 2 restarts" in reason
