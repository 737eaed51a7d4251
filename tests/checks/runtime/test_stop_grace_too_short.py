"""stop-grace-too-short over grace periods."""

from __future__ import annotations

import pytest

from flawless.checks.runtime.stop_grace_too_short import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("role", "grace", "outcome"),
    [
        (Role.BACKEND, None, Outcome.FAIL),
        (Role.BACKEND, 29.0, Outcome.FAIL),
        (Role.BACKEND, 30.0, Outcome.PASS),
        (Role.BACKEND, 120.0, Outcome.PASS),
        (Role.JOB, None, Outcome.NOT_APPLICABLE),
    ],
)
def test_thirty_seconds_are_asked_for(role: Role, grace: float | None, outcome: Outcome) -> None:
    world = samples.stack(samples.service("app", role=role, stop_grace=grace))
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome
