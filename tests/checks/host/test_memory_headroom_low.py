"""memory-headroom-low over limits and machines."""

from __future__ import annotations

import pytest

from flawless.checks.host.memory_headroom_low import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Limits, Role
from flawless.testing import samples
from flawless.testing.ask import ask

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("megabytes", "outcome"),
    [(300 + 200 * 2 + 300, Outcome.PASS), (300 + 200 * 2 + 300 - 1, Outcome.FAIL)],
)
def test_all_limits_and_the_largest_again_must_fit(megabytes: int, outcome: Outcome) -> None:
    world = samples.stack(
        samples.service("postgres", role=Role.DATABASE, limits=Limits(memory=300 * MB)),
        samples.service("backend", role=Role.BACKEND, limits=Limits(memory=200 * MB), replicas=2),
        samples.service("migrate", role=Role.JOB, limits=Limits(memory=900 * MB)),
    )
    assert ask(CHECK, Level.LIVE, {"host": {"stack": {"memory": megabytes * MB}}}, stack=world).outcome is outcome


def test_a_service_without_limit_makes_the_sum_unknown() -> None:
    world = samples.stack(samples.service("backend", limits=Limits()))
    assert ask(CHECK, Level.LIVE, stack=world).outcome is Outcome.UNKNOWN
