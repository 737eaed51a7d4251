"""``flawless rollback``: an ordinary plan whose target is an older good release."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from flawless.app.hooks import Hooks, facts_of
from flawless.app.journal import DeployJournal, What, end_interrupted
from flawless.app.judge import Expected
from flawless.app.leasing import lease_of
from flawless.app.loading import loaded
from flawless.app.reporting import begin, keep, make_report
from flawless.app.returning import by_hand, way_back
from flawless.app.schema import allowed, schema_now
from flawless.app.session import Asked, Progress, Session, open_session
from flawless.app.store import Kept, Store
from flawless.app.verify import live, store_of
from flawless.app.watching import measured, probing
from flawless.deploy.changes import changes
from flawless.deploy.runner import walk
from flawless.errors import FlawlessError, UsageError
from flawless.model.change import Change
from flawless.model.release import Release, ReleaseState
from flawless.model.report import Cause, Decision, ReleaseRef, Report
from flawless.ports.bundle import Ports
from flawless.ports.ledger import EVERY, Ledger

_BROKEN = 5


async def rollback(
    root: Path, ports: Ports, asked: Asked, wanted: str, progress: Progress, *, accept_schema: bool = False
) -> Report:
    """Return to a release ("" for the good one before the newest); the report's decision carries the exit code.

    Raise RefusedError where the schema moved since, that release was not seen to run on it, and nobody accepted it.
    """
    session = await open_session(root, ports, asked, progress)
    session.make_folder()
    async with loaded(), lease_of(session, "rollback") as lease:
        kept = await store_of(session).kept()
        target = choose(kept, wanted)
        await refuse_incomplete(session, target)
        said = allowed(await schema_now(session), target, kept, accepted=accept_schema)
        for line in said:
            progress(line)
        return await return_to(session, target, kept, (*lease.notes, *said), phase="rollback")


async def refuse_incomplete(session: Session, target: Kept) -> None:
    """Raise UsageError when something that a release needs is no longer with the engine."""
    missing = (await store_of(session).facts(target)).missing
    if missing:
        raise UsageError(f"release {target.id} cannot be brought back: {', '.join(missing)} is gone")


def choose(kept: tuple[Kept, ...], wanted: str) -> Kept:
    """The release to return to; raise UsageError when there is none, or when it never was good."""
    if wanted:
        found = next((release for release in kept if release.id == wanted), None)
        if found is None:
            raise UsageError(f"there is no release {wanted}", remedy="flawless history names them")
        if found.state is not ReleaseState.GOOD:
            raise UsageError(f"release {wanted} is {found.state.value}: only a good one is returned to")
        return found
    good = [release for release in kept if release.state is ReleaseState.GOOD]
    if len(good) < 2:
        raise UsageError("there is no good release before the one that runs", remedy="flawless history names them")
    return good[1]


async def return_to(
    session: Session, target: Kept, kept: tuple[Kept, ...], notes: tuple[str, ...], *, phase: str
) -> Report:
    """Bring a kept release back, whatever runs now, and verify it; the report's decision carries the exit code."""
    store = store_of(session)
    release = await store.load(target.id)
    changed = await _changes(store, kept, release)
    run = begin(session, phase)
    async with probing(session) as prober:
        site, plan = await way_back(session, release)
        ledger = session.ledger()
        journal = DeployJournal(ledger, session.ports.clock, session.stack.name, run.id)
        cause: Cause | None = None
        try:
            end_interrupted(ledger, session.ports.clock, session.stack.name, run.id)
            journal.begin(What(target=target.id))
            await walk(site, plan.steps, journal.step)
            await store.give_up_unfinished()
            await _demote(session, ledger, target, kept)
            journal.end("good")
        except FlawlessError as error:
            cause = Cause(error.what, (), f"run: {by_hand(session, release)}")
        else:
            hooks = Hooks(session, journal.step, facts_of(release, release.parent, phase))
            notes = (*notes, *await hooks.after("on_rollback", reason=f"flawless {phase}", problem=""))
        finally:
            ledger.close()
        judged = await live(session, Expected(release.revision, release.id))
    said = (*notes, *site.notes)
    report = make_report(session, run, judged, revision=release.revision, notes=said, decision=_decision(cause))
    report = structs.replace(
        report,
        release=ReleaseRef(target.id, target.state.value, release.parent, "" if cause else target.id),
        services=plan.services,
        steps=journal.records,
        traffic=measured(prober, journal.records),
        cause=cause,
        changes=changed,
    )
    return keep(session, report, judged)


async def _changes(store: Store, kept: tuple[Kept, ...], release: Release) -> tuple[Change, ...] | None:
    """What changes against the newest good release; None where that is the same one, or cannot be opened."""
    newest = next((each for each in kept if each.state is ReleaseState.GOOD), None)
    if newest is None or newest.id == release.id or not store.opens(newest):
        return None
    return changes(await store.load(newest.id), release)


def _decision(cause: Cause | None) -> Decision | None:
    """None leaves the decision to the gate over what runs now."""
    return Decision(False, _BROKEN, f"{cause.message}. {cause.remedy}") if cause else None


async def _demote(session: Session, ledger: Ledger, target: Kept, kept: tuple[Kept, ...]) -> None:
    """Releases newer than the one returned to are no longer the last good one."""
    store = store_of(session)
    remembered = {row.id for row in ledger.releases(session.stack.name, limit=EVERY)}
    for release in kept:
        if release.created > target.created and release.state is ReleaseState.GOOD:
            await store.mark(release.id, ReleaseState.ROLLED_BACK)
            if release.id in remembered:
                ledger.release_became(release.id, ReleaseState.ROLLED_BACK)
