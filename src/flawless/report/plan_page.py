"""A plan as text: per service what happens, why and with what gap; then the steps with proof and undo."""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.plan import Plan, ServicePlan, Strategy

_PLAIN = frozenset({Strategy.UNTOUCHED, Strategy.RELOAD, Strategy.START_FIRST, Strategy.JOB})


def plan_page(plan: Plan) -> str:
    """The plan, one line a service and three a step."""
    return "\n".join([*_head(plan), *_services(plan), *_steps(plan), *_warnings(plan)]) + "\n"


def _head(plan: Plan) -> Iterator[str]:
    parent = f"after {plan.parent}" if plan.parent else "the first recorded one: there is none to return to"
    yield f"{plan.stack}: release {plan.release}, {parent}"
    yield ""


def _services(plan: Plan) -> Iterator[str]:
    width = max((len(each.service) for each in plan.services), default=0)
    for each in plan.services:
        yield f"  {each.service:{width}}  {each.strategy.value:11}  {_gap(each):14}  {each.why}"
    yield ""


def _gap(each: ServicePlan) -> str:
    if each.strategy in _PLAIN:
        return "no gap"
    return "nothing ran" if each.strategy is Strategy.CREATE else f"gap about {each.gap_seconds:.0f} s"


def _steps(plan: Plan) -> Iterator[str]:
    for number, step in enumerate(plan.steps, 1):
        yield f"{number:3}. {step.id}: {step.why}"
        yield f"     proof: {step.proof}"
        yield f"     undo:  {step.undo}"


def _warnings(plan: Plan) -> Iterator[str]:
    if plan.collateral or plan.refusals or plan.notes:
        yield ""
    for line in plan.notes:
        yield f"  note: {line}"
    for line in plan.collateral:
        yield f"  also touched: {line}"
    for line in plan.refusals:
        yield f"  refused: {line}"
