"""What makes a switched release a good one: it is verified, watched, and promoted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import structs

from flawless.app import baseline as known_errors
from flawless.app.course import Course
from flawless.app.gather import gather
from flawless.app.judge import Expected, Judged, judge
from flawless.app.preparing import verdict_cause
from flawless.app.reporting import decide
from flawless.app.soak import watch
from flawless.app.verify import look
from flawless.deploy.failure import StepFailedError
from flawless.deploy.site import Outcome
from flawless.errors import FlawlessError
from flawless.model.check import Level
from flawless.model.keys import LOGS
from flawless.model.plan import StepKind
from flawless.model.release import ReleaseState
from flawless.ports.bundle import Target
from flawless.soak.verdict import verdict_of

_SETTLE = 2.0
# A machine that a switch has filled up answers late: that is no reason yet to take a good release away.
_PATIENCE = 3.0


def actions(course: Course, soak: float | None) -> dict[StepKind, Callable[[], Awaitable[Outcome]]]:
    """What the runner takes for the steps that prove; ``soak`` in seconds, None for the settings' windows."""
    windows = course.session.settings.soak
    seconds = max(windows.restarts, windows.logs) if soak is None else soak
    return {
        StepKind.BACKUP: course.migration.back_up_late,
        StepKind.VERIFY: lambda: _verify(course),
        StepKind.SOAK: lambda: _soak(course, seconds),
        StepKind.PROMOTE: lambda: _promote(course),
    }


async def _verify(course: Course) -> Outcome:
    """All live checks; what is not yet right is looked at once more, with more patience, and that is said."""
    await course.start_prober()
    await course.told("post_switch", services=",".join(sorted(course.switched())))
    again = ""
    judged = await _look(course)
    if not decide(course.session, judged).go:
        await course.session.ports.clock.sleep(_SETTLE)
        again = "at the second look "
        judged = await _look(course, _PATIENCE)
    course.judged = course.judged.deeper(judged)
    decision = decide(course.session, judged)
    if not decision.go:
        raise StepFailedError(verdict_cause(judged, decision.forced_by, decision.reason))
    return Outcome(True, f"{again}{len(judged.verdicts)} live checks: {decision.reason}")


async def _look(course: Course, patience: float = 1.0) -> Judged:
    """What live checks say; a proxy's complaints about the switch itself are older than the look."""
    session = course.session
    looked_at = session.ports.clock.now()
    target = Target(session.stack, session.settings, session.ports, patience=patience)
    whole = await gather(target, [LOGS])
    fresh = await gather(structs.replace(target, since=looked_at), [LOGS])
    logs = known_errors.news(known_errors.chosen(fresh, whole, course.switched()), course.baseline)
    expected = Expected(course.release.revision, course.release.id, looked_at, patience)
    return await look(session, expected, logs)


async def _soak(course: Course, seconds: float) -> Outcome:
    """Watch the release; a blocking fault of the window ends it."""
    course.record(ReleaseState.SOAKING)
    start = course.session.ports.clock.monotonic()
    facts = await watch(course.session, seconds, course.prober, course.baseline)
    course.soaked = course.session.ports.clock.monotonic() - start
    judged = await judge(course.session, [Level.SOAK], extra=facts, window=seconds)
    course.judged = course.judged.deeper(judged)
    decision = decide(course.session, judged)
    told = f"the soak of {course.soaked:.0f} s was {verdict_of(decision)}: {decision.reason}"
    if judged.verdicts and not decision.go:
        raise StepFailedError(verdict_cause(judged, decision.forced_by, told))
    return Outcome(True, told)


async def _promote(course: Course) -> Outcome:
    """From now on this is the release to return to; older ones are pruned by release."""
    session = course.session
    await course.store.mark(course.release.id, ReleaseState.GOOD)
    course.promoted = True
    try:
        course.record(ReleaseState.GOOD)
        await course.record_schema()
        logs = await gather(Target(session.stack, session.settings, session.ports), [LOGS])
        known_errors.save(session.folder, session.ports.files, logs)
        gone = await course.store.prune(session.settings.deploy.keep_releases)
        await _sweep(course)
        course.migration.keep_newest()
    except FlawlessError as error:
        # It serves and it held: what fails from here on must not take it away again.
        course.notes = (*course.notes, f"promoted, but not tidied up: {error.what}")
        gone = ()
    pruned = f"; pruned {', '.join(gone)}" if gone else ""
    return Outcome(True, f"release {course.release.id} is good{pruned}")


async def _sweep(course: Course) -> None:
    """Remove the folders of releases that are no longer kept: they hold the environment in clear."""
    kept = {release.id for release in await course.store.kept()}
    folders = course.session.folder / "releases"
    for folder in [path for path in folders.iterdir() if path.name not in kept]:
        course.session.ports.files.remove(folder)
