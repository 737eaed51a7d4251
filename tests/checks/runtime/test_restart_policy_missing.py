"""restart-policy-missing over policies."""

from __future__ import annotations

import pytest

from flawless.checks.runtime.restart_policy_missing import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("role", "restart", "outcome"),
    [
        (Role.BACKEND, "", Outcome.FAIL),
        (Role.BACKEND, "no", Outcome.FAIL),
        (Role.BACKEND, "unless-stopped", Outcome.PASS),
        (Role.BACKEND, "on-failure:5", Outcome.PASS),
        (Role.JOB, "no", Outcome.NOT_APPLICABLE),
    ],
)
def test_a_lasting_service_must_be_started_again(role: Role, restart: str, outcome: Outcome) -> None:
    world = samples.stack(samples.service("app", role=role, restart=restart))
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome
