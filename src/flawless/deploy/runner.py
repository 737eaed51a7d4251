"""Walking a plan: observe, act, observe again, record. It decides one thing only: is the step proved?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
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
    """Take each step once those it comes after are proved; the journal has it before and after.

    Raise StepFailedError for the first that is not proved: no further step begins then, those under way are waited
    for, so that nothing is left half done behind our back.
    """
    ids = [step.id for step in steps]
    done: set[str] = set()
    waiting = list(enumerate(steps, 1))
    under_way: dict[asyncio.Task[None], Step] = {}
    failure: StepFailedError | None = None
    try:
        while under_way or (waiting and failure is None):
            for number, step in [entry for entry in waiting if failure is None and _ready(entry[1], ids, done)]:
                site.progress(f"[{number}/{len(steps)}] {step.id}: {step.why}")
                under_way[asyncio.create_task(_take(site, step, journal))] = step
                waiting.remove((number, step))
            ended, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                step = under_way.pop(task)
                try:
                    task.result()
                    done.add(step.id)
                except StepFailedError as error:
                    failure = failure or error
    finally:
        await _cancel(under_way)
    if failure:
        raise failure


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    """End what is still under way when the walk itself is cut off."""
    left = list(tasks)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _ready(step: Step, ids: list[str], done: set[str]) -> bool:
    before = ids[: ids.index(step.id)] if step.after is None else [name for name in step.after if name in ids]
    return done.issuperset(before)


async def _take(site: Site, step: Step, journal: Journal) -> None:
    start, began = site.ports.clock.monotonic(), site.ports.clock.now()

    def record(state: StepState, message: str, evidence: tuple[str, ...] = ()) -> None:
        seconds = round(site.ports.clock.monotonic() - start, 3)
        journal(StepRecord(step.id, step.kind, step.why, state, seconds, message, evidence, began))

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
