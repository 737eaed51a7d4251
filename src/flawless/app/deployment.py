"""One deployment from its first step to its report, also when it fails half-way."""

from __future__ import annotations

from contextlib import suppress

from msgspec import structs

from flawless.app import baseline as known_errors
from flawless.app.course import Course
from flawless.app.gather import gather
from flawless.app.giving_up import fail, pause
from flawless.app.journal import What, end_interrupted
from flawless.app.judge import Judged
from flawless.app.options import DeployOptions, confirmed, saving
from flawless.app.partial import merged
from flawless.app.preparing import forget
from flawless.app.proving import actions
from flawless.app.reporting import Run, keep, make_report
from flawless.app.session import Session
from flawless.app.sites import make_site, running, stack_of, write_model
from flawless.app.source import Checkout
from flawless.app.verify import store_of
from flawless.app.watching import measured
from flawless.deploy.changes import changes
from flawless.deploy.clearing import cleared
from flawless.deploy.failure import StepFailedError
from flawless.deploy.frame import preparation
from flawless.deploy.plan import Situation, plan
from flawless.deploy.runner import walk
from flawless.deploy.site import Site, observe
from flawless.errors import EngineError, FlawlessError, UsageError
from flawless.model.change import Change, ChangeKind, How
from flawless.model.keys import LOGS
from flawless.model.plan import Plan, StepKind
from flawless.model.release import ReleaseState
from flawless.model.report import Cause, ReleaseRef, Report
from flawless.ports.bundle import Target

_NOBODY = Situation({}, {})


async def start(session: Session, checkout: Checkout, run: Run, judged: Judged, notes: tuple[str, ...]) -> Course:
    """Open history, find the release to return to, and write the first record."""
    store = store_of(session)
    good = await store.good()
    parent = await store.load(good.id) if good and store.opens(good) else None
    if good and parent is None:
        notes = (*notes, f"release {good.id} cannot be returned to: the key that seals it is not in this checkout")
    course = Course(session, checkout, run, judged, parent=parent, ledger=session.ledger())
    course.notes = (*notes, *_history(course, good.id if good else ""))
    for note in course.notes:
        session.progress(note)
    await store.give_up_unfinished()
    course.record(ReleaseState.BUILDING)
    return course


def _history(course: Course, good: str) -> tuple[str, ...]:
    """Close what was cut off; ``good`` is the newest good release, good even if its own end was cut off."""
    notes = []
    stack, clock = course.session.stack.name, course.session.ports.clock
    if interrupted := end_interrupted(course.ledger, clock, stack, course.release.id, good=good):
        notes.append(f"deploy {interrupted} was interrupted; this one starts from what really runs")
    if course.parent is None:
        notes.append("there is no release to return to if this one fails")
    return tuple(notes)


async def carry_out(course: Course, options: DeployOptions) -> None:
    """All steps; at the first that fails, the way back."""
    course.journal.begin(What(options.recreate, options.only))
    site: Site | None = None
    before = _NOBODY
    try:
        if await observe(course.session.stack, course.session.ports):
            await course.start_prober()  # early, so that there is a quiet time to compare the switch with
        site = await _prepare(course, options)
        before = await running(course.session, site.stack)
        acts = actions(course, options.soak) | saving(options.reset)
        site = structs.replace(site, actions=acts, notes=course.step_notes)
        course.plan = course.migration.planned(_planned(course, site, before, options))
        await confirmed(course.plan, options.confirm)
        await course.hooks.before("pre_switch", services=",".join(sorted(course.switched())))
        await _listen(course, before)
        course.record(ReleaseState.SWITCHING)
        await walk(site, course.plan.steps, course.journal.step)
        await course.told("post_promote")
        course.journal.end("good")
    except FlawlessError as error:
        cause = error.cause if isinstance(error, StepFailedError) else Cause(error.what, (), error.remedy)
        paused = isinstance(error, StepFailedError) and error.paused
        await (pause(course, cause) if paused else fail(course, cause, site, before))
    except Exception as bug:
        # Whatever it is, what serves comes first; the error door tells of the bug itself.
        await fail(course, Cause(f"flawless itself failed: {type(bug).__name__}", (), ""), site, before)
        raise
    except BaseException:
        where = course.journal.last() or "between two steps"
        then = "flawless resume finishes it, flawless recover undoes it, a new deploy starts from what runs"
        course.session.progress(f"interrupted in {where}: {then}")
        raise


async def close(course: Course) -> None:
    """Stop the prober and close the history."""
    if course.prober:
        await course.prober.stop()
    course.ledger.close()


async def _prepare(course: Course, options: DeployOptions) -> Site:
    """Build, inspect and record; nothing that serves is touched."""
    session = course.session
    if course.release.services:  # it was prepared before it was interrupted
        return make_site(session, course.release, write_model(session, course.release))
    course.preparation.no_cache, course.migration.planning = options.no_cache, options.planning()
    course.preparation.only, course.preparation.parent = options.only, course.parent
    site = Site(
        ports=session.ports,
        stack=session.stack,
        settings=session.settings,
        release=course.release,
        wanted={},
        model=session.folder,
        folder=session.folder,
        compose=session.compose,
        progress=session.progress,
        actions={**course.preparation.actions(), **course.migration.actions()},
    )
    await course.hooks.before("pre_build")
    try:
        await walk(site, preparation(), course.journal.step)
    except FlawlessError:
        if not course.preparation.release.services:  # it was not recorded: nothing can ever go on with it
            with suppress(EngineError):
                await forget(session, course.release.id)
        raise
    finally:
        course.release = course.preparation.release
        course.judged = course.judged.deeper(course.preparation.judged).deeper(course.migration.judged)
        course.notes = (*course.notes, *course.preparation.notes, *course.migration.notes)
    if options.only and course.parent:
        stack = merged(session.stack, stack_of(course.parent), options.only)
        course.session = session = structs.replace(session, stack=stack)
    return make_site(session, course.release, write_model(session, course.release))


def _planned(course: Course, site: Site, before: Situation, options: DeployOptions) -> Plan:
    """The plan, printed before anything is touched; a refusal ends the deploy here."""
    made = plan(
        site.stack,
        site.wanted,
        structs.replace(_NOBODY, files=before.files) if options.reset else before,
        options.planning(),
        release=course.release.id,
        parent=course.release.parent,
    )
    if options.reset:
        made = cleared(made, volumes=options.reset.save is not None)
    for each in made.services:
        course.session.progress(f"plan: {each.service} {each.strategy.value}: {each.why}")
    for line in made.collateral:
        course.session.progress(f"plan: {line}")
    if made.refusals:
        raise UsageError("; ".join(made.refusals))
    return made


async def _listen(course: Course, before: Situation) -> None:
    """Start to measure: the prober where something serves already, and the errors that are no news."""
    session = course.session
    if before.containers:
        logs = await gather(Target(session.stack, session.settings, session.ports), [LOGS])
        recorded = known_errors.load(session.folder, session.ports.files)
        course.baseline = known_errors.joined(recorded, known_errors.templates(logs))
        await course.start_prober()
    else:
        course.notes = (*course.notes, "nothing ran before: the traffic was measured after the switch only")


async def reported(course: Course) -> Report:
    """The report, recorded; a failed release is marked with the engine too."""
    good = course.decision is None
    if not good and course.release.services:
        with suppress(FlawlessError):  # unmarked it is no good one either, and the report must come out
            await course.store.mark(course.release.id, ReleaseState.BAD)
    made = make_report(
        course.session,
        course.run,
        course.judged,
        revision=course.release.revision,
        decision=course.decision,
        window=course.soaked,
        done=_done(course),
        notes=(*course.notes, *course.step_notes),
    )
    parent = course.release.parent
    state = ReleaseState.GOOD if good else ReleaseState.BAD
    made = structs.replace(
        made,
        release=ReleaseRef(
            course.release.id,
            state.value,
            parent,
            course.release.id if good else parent,
            course.migration.schema_moved,
        ),
        services=course.plan.services if course.plan else (),
        steps=course.journal.records,
        traffic=measured(course.prober, course.journal.records),
        cause=course.cause,
        changes=_changes(course),
    )
    return keep(course.session, made, course.judged)


def _changes(course: Course) -> tuple[Change, ...] | None:
    """What the release changes against the one before it; None without one, or when it was not yet made."""
    if course.parent is None or not course.release.services:
        return None
    schema = (Change(ChangeKind.SCHEMA, "stack", How.CHANGED),) if course.migration.schema_moved else ()
    return (*changes(course.parent, course.release), *schema)


def _done(course: Course) -> dict[str, tuple[bool, str]]:
    """What this run itself did of the checklist's actions, as measured."""
    proved = {record.kind: record.message for record in course.journal.records if record.state == "proved"}
    done = {}
    if message := proved.get(StepKind.BUILD):
        done["D2.1"] = (True, message)
    if message := proved.get(StepKind.PROMOTE):
        done["D1.3"] = (True, message)
    return done
