"""dependency-unordered over conditions."""

from __future__ import annotations

import pytest
from msgspec import structs

from flawless.checks.runtime.dependency_unordered import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Dependency, Health, Role
from flawless.testing import samples
from flawless.testing.ask import ask

TESTED = Health(("CMD", "true"), False, samples.HERE)


@pytest.mark.parametrize(
    ("role", "health", "condition", "outcome"),
    [
        (Role.DATABASE, TESTED, "service_started", Outcome.FAIL),
        (Role.DATABASE, TESTED, "service_healthy", Outcome.PASS),
        (Role.DATABASE, None, "service_started", Outcome.PASS),
        (Role.DATABASE, structs.replace(TESTED, disabled=True), "service_started", Outcome.PASS),
        (Role.JOB, None, "service_started", Outcome.FAIL),
        (Role.JOB, None, "service_completed_successfully", Outcome.PASS),
    ],
)
def test_a_peer_is_waited_for_as_far_as_it_can_be(
    role: Role, health: Health | None, condition: str, outcome: Outcome
) -> None:
    peer = samples.service("peer", role=role, health=health)
    app = samples.service("app", depends_on=(Dependency("peer", condition),))
    assert ask(CHECK, Level.FILES, stack=samples.stack(app, peer)).outcome is outcome


def test_a_service_that_waits_for_nobody_is_not_asked() -> None:
    assert ask(CHECK, Level.FILES, stack=samples.stack(samples.service("app"))).outcome is Outcome.NOT_APPLICABLE
