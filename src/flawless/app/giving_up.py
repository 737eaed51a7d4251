"""When a deploy fails: the last good release comes back, or what a first deploy made is taken away."""

from __future__ import annotations

from contextlib import suppress

from flawless.app.course import Course
from flawless.app.returning import bring_back, by_hand, take_away
from flawless.deploy.clearing import VOLUMES
from flawless.deploy.plan import Situation
from flawless.deploy.site import Site
from flawless.errors import UsageError
from flawless.model.plan import StepKind, StepState, Strategy
from flawless.model.release import ReleaseState
from flawless.model.report import Cause, Decision

BACK = 4
NOT_BACK = 5


async def fail(course: Course, cause: Cause, site: Site | None, before: Situation) -> None:
    """Bring the last good release back, or take away what a first deploy made; then say how that went.

    A release that is good already stays: it serves and it held, whatever fails after that.
    """
    session = course.session
    if course.promoted:
        course.notes = (*course.notes, f"promoted, but the end of it is not recorded: {cause.message}")
        return
    session.progress(f"failed: {cause.message}")
    course.cause = cause
    problem = ""
    serving = "what ran before was not touched"
    if site is not None and (course.plan is not None or course.resumed):
        problem, serving = await _undo(course, site, before)
        await course.record_schema()
        await course.told("on_rollback", reason=cause.message, problem=problem)
    with suppress(UsageError):  # a ledger that cannot be written must not hide how the deploy ended
        course.record(ReleaseState.BAD)
        if not problem:
            course.journal.end("back")
    if problem:
        remedy = f"run: {by_hand(session, course.parent)}"
        course.notes = (*course.notes, f"the way back failed: {problem}", remedy)
        course.decision = Decision(
            False, NOT_BACK, f"{cause.message}; the restore failed too: {problem}. {remedy}{_emptied(course)}"
        )
        return
    course.decision = Decision(False, BACK, f"{cause.message}; {serving}{_emptied(course)}")


async def pause(course: Course, cause: Cause) -> None:
    """Leave everything as it is, because ``failure_action: pause`` says so; it is no good release."""
    course.session.progress(f"paused: {cause.message}")
    course.cause = cause
    course.decision = Decision(False, BACK, f"{cause.message}. {cause.remedy}")
    with suppress(UsageError):
        course.record(ReleaseState.BAD)
        course.journal.end("paused")


async def _undo(course: Course, site: Site, before: Situation) -> tuple[str, str]:
    """Why the way back failed ("" when it did not), and what serves."""
    if course.parent:
        problem = await bring_back(course.session, course.parent, course.journal.undo)
        return problem, f"release {course.parent.id} serves again"
    if course.resumed:
        return "no release was recorded before this one, and part of it runs", ""
    problem = await take_away(course.session, site, before, course.journal.undo)
    if lost := _replaced(course, before):
        problem = problem or f"no release was recorded before this one, and {lost} had been replaced already"
    return problem, "there was no release to return to; the containers this deploy made were removed"


def _replaced(course: Course, before: Situation) -> str:
    """Services that ran before and were switched by steps that are proved; "" for none."""
    proved = {record.id for record in course.journal.records if record.state is StepState.PROVED}
    steps = course.plan.steps if course.plan else ()
    stopped = [step.service for step in steps if step.strategy is Strategy.STOP_FIRST and _began(course, step.id)]
    switched = [step.service for step in steps if step.kind is StepKind.SWITCH and step.id in proved]
    if any(step.kind is StepKind.CLEAR and _began(course, step.id) for step in steps):
        switched += before.containers
    return ", ".join(dict.fromkeys(name for name in [*switched, *stopped] if name in before.containers))


def _emptied(course: Course) -> str:
    """What a reset that deleted volumes must say, for no release brings back what was in them; "" for any other."""
    steps = course.plan.steps if course.plan else ()
    if not any(step.resource == VOLUMES and _began(course, step.id) for step in steps):
        return ""
    return "; its volumes are new, what was in them is in the newest backup: flawless backup --list names it"


def _began(course: Course, step: str) -> bool:
    return any(record.id == step for record in course.journal.records)
