"""Walking a plan: observe, act, observe again, record. It decides one thing only: is the step proved?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from flawless.deploy.failure import StepFailedError
from flawless.deploy.handler import Handler
from flawless.deploy.site import Outcome, Site
from flawless.discover import constants_in
from flawless.errors import FlawlessError
from flawless.model.plan import Step, StepKind, StepRecord, StepState
from flawless.model.report import Cause

Journal = Callable[[StepRecord], None]


@cache
def handlers() -> dict[StepKind, Handler]:
    """Every kind of step that changes what runs, by kind."""
    return {handler.kind: handler for _, handler in constants_in("flawless.deploy.steps", "HANDLER", Handler)}


async def walk(site: Site, steps: Sequence[Step], journal: Journal) -> None:
    """Take each step; the journal has it before and after. Raise StepFailedError at the first that is not proved."""
    for number, step in enumerate(steps, 1):
        site.progress(f"[{number}/{len(steps)}] {step.id}: {step.why}")
        await _take(site, step, journal)


async def _take(site: Site, step: Step, journal: Journal) -> None:
    start = site.ports.clock.monotonic()

    def record(state: StepState, message: str, evidence: tuple[str, ...] = ()) -> None:
        seconds = round(site.ports.clock.monotonic() - start, 3)
        journal(StepRecord(step.id, step.kind, step.why, state, seconds, message, evidence))

    record(StepState.STARTED, "")
    try:
        outcome = await _prove(site, step)
    except StepFailedError as failure:
        record(StepState.FAILED, failure.what, failure.cause.evidence)
        raise
    except FlawlessError as error:
        record(StepState.FAILED, str(error))
        raise StepFailedError(Cause(str(error), (), error.remedy)) from error
    if not outcome.holds:
        record(StepState.FAILED, outcome.message, outcome.evidence)
        raise StepFailedError(Cause(outcome.message, outcome.evidence, f"see step {step.id}"))
    record(StepState.PROVED, outcome.message, outcome.evidence)


async def _prove(site: Site, step: Step) -> Outcome:
    """Reality first: what is already so is not done again."""
    if action := site.actions.get(step.kind):
        return await action()
    handler = handlers()[step.kind]
    before = await handler.proof(site, step)
    if before.holds:
        return before
    await handler.act(site, step)
    return await handler.proof(site, step)
