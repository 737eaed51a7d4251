"""Somebody is asked only about a plan with a gap or collateral, and a no ends it."""

from __future__ import annotations

import pytest

from flawless.app.options import confirmed
from flawless.errors import UsageError
from flawless.model.plan import Plan, ServicePlan, Strategy

QUIET = ServicePlan("web", Strategy.START_FIRST, "why")
GAP = ServicePlan("web", Strategy.STOP_FIRST, "why", 2.0)


def plan(service: ServicePlan = QUIET, *collateral: str) -> Plan:
    return Plan("shop", "r2", "r1", (service,), (), collateral)


class Asked:
    """Somebody who answers always the same."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.plans: list[Plan] = []

    async def __call__(self, made: Plan) -> bool:
        self.plans.append(made)
        return self.answer


@pytest.mark.parametrize(
    ("made", "questions"), [(plan(), 0), (plan(GAP), 1), (plan(QUIET, "a network"), 1)], ids=["quiet", "gap", "more"]
)
async def test_only_a_gap_or_collateral_is_asked_about(made: Plan, questions: int) -> None:
    somebody = Asked(True)
    await confirmed(made, somebody)
    assert len(somebody.plans) == questions


async def test_a_no_ends_it() -> None:
    with pytest.raises(UsageError, match="not confirmed"):
        await confirmed(plan(GAP), Asked(False))


async def test_where_nobody_can_be_asked_it_goes_on() -> None:
    await confirmed(plan(GAP), None)
