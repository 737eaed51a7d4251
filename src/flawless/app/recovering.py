"""After a deploy or a rollback that was cut off: ``flawless resume`` finishes it, ``flawless recover`` undoes it.

What runs is observed first; the journal says what was meant. Where the journal is on another machine, a release that
the engine keeps and that never came to its end tells as much.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from flawless.app.course import Course
from flawless.app.deployment import carry_out, close, reported
from flawless.app.journal import What, end_interrupted, interrupted
from flawless.app.judge import NOTHING
from flawless.app.leasing import lease_of
from flawless.app.options import DeployOptions
from flawless.app.preparing import forget
from flawless.app.reporting import begin
from flawless.app.returning import way_back
from flawless.app.rollback import refuse_incomplete, return_to
from flawless.app.session import Asked, Progress, Session, open_session
from flawless.app.sites import stack_of
from flawless.app.source import Checkout
from flawless.app.store import Kept
from flawless.app.verify import store_of
from flawless.errors import UsageError
from flawless.model.release import ReleaseState
from flawless.model.report import Report
from flawless.ports.bundle import Ports


async def resume(root: Path, ports: Ports, asked: Asked, options: DeployOptions, progress: Progress) -> Report | str:
    """Finish what was cut off; the report, or a sentence when there is nothing to finish."""
    session = await open_session(root, ports, asked, progress)
    session.make_folder()
    async with lease_of(session, "resume") as lease:
        kept = await store_of(session).kept()
        found, what = _cut_off(session, kept)
        if what.target:
            return await return_to(session, _named(kept, what.target), kept, lease.notes, phase="resume")
        if not found:
            return f"nothing to resume: no deploy of {session.stack.name} was cut off"
        release = next((each for each in kept if each.id == found), None)
        if release is None:
            return await _clear_away(session, found)
        if release.state is not ReleaseState.BUILDING:
            _close(session)
            return f"nothing to resume: release {found} was {release.state.value} already when its deploy was cut off"
        return await _go_on(session, release, what, options, lease.notes)


async def recover(root: Path, ports: Ports, asked: Asked, progress: Progress) -> Report | str:
    """Bring the last good release back from whatever state; the report, or a sentence when it runs as recorded."""
    session = await open_session(root, ports, asked, progress)
    session.make_folder()
    async with lease_of(session, "recover") as lease:
        store = store_of(session)
        kept = await store.kept()
        good = next((each for each in kept if each.state is ReleaseState.GOOD), None)
        if good is None:
            remedy = "flawless resume finishes a deploy that was cut off, flawless deploy starts a new one"
            raise UsageError(f"there is no good release of {session.stack.name} to bring back", remedy=remedy)
        await refuse_incomplete(session, good)
        _, back = await way_back(session, await store.load(good.id))
        found, what = _cut_off(session, kept)
        if back.steps or found or what.target:
            notes = (f"deploy {found} was cut off and is given up",) if found else ()
            return await return_to(session, good, kept, (*lease.notes, *notes), phase="recover")
        return f"nothing to recover: release {good.id} runs as it was recorded"


def _cut_off(session: Session, kept: tuple[Kept, ...]) -> tuple[str, What]:
    """The release whose deploy was cut off ("" for none), and what was being done."""
    ledger = session.ledger()
    try:
        found = interrupted(ledger, session.stack.name)
    finally:
        ledger.close()
    if found:
        return ("" if found[1].target else found[0]), found[1]
    newest = kept[0] if kept and kept[0].state is ReleaseState.BUILDING else None
    return (newest.id if newest else ""), What()


def _named(kept: tuple[Kept, ...], release: str) -> Kept:
    found = next((each for each in kept if each.id == release), None)
    if found is None:
        raise UsageError(
            f"there is no release {release} any more", remedy="flawless recover brings the last good one back"
        )
    return found


def _close(session: Session) -> None:
    ledger = session.ledger()
    try:
        end_interrupted(ledger, session.ports.clock, session.stack.name, "flawless resume")
    finally:
        ledger.close()


async def _clear_away(session: Session, release: str) -> str:
    """A deploy that was cut off before its release was recorded: nothing that runs was touched, what it built goes."""
    await forget(session, release)
    _close(session)
    return (
        f"nothing to resume: deploy {release} was cut off while it built, before anything that runs was touched. "
        "flawless deploy starts it again"
    )


async def _go_on(session: Session, kept: Kept, what: What, options: DeployOptions, notes: tuple[str, ...]) -> Report:
    store = store_of(session)
    if not store.opens(kept):
        remedy = "resume where it was begun, or deploy again from here"
        raise UsageError(f"release {kept.id} cannot be opened: the key that seals it is not here", remedy=remedy)
    await refuse_incomplete(session, kept)
    release = await store.load(kept.id)
    session = structs.replace(session, stack=stack_of(release))
    notes = (*notes, f"deploy {release.id} was cut off; it goes on from what really runs")
    course = Course(
        session,
        Checkout(session.root, None, release.revision),
        begin(session, "resume"),
        NOTHING,
        parent=await store.last_good(),
        ledger=session.ledger(),
        release=release,
        notes=notes,
    )
    try:
        await carry_out(course, structs.replace(options, recreate=what.recreate, only=what.only))
    finally:
        await close(course)
    return await reported(course)
