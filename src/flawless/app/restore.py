"""``flawless restore BACKUP``: the data of a backup in the place of what is there, which is kept first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, structs

from flawless.app.backup import folder_of, save
from flawless.app.giving_up import BACK, NOT_BACK
from flawless.app.journal import DeployJournal, What, end_interrupted
from flawless.app.judge import NOTHING, Expected, Judged
from flawless.app.leasing import lease_of
from flawless.app.reporting import begin, keep, make_report
from flawless.app.returning import way_back
from flawless.app.saving.back import put_back
from flawless.app.saving.chosen import Data, volumes_of, writers
from flawless.app.saving.copy import Place
from flawless.app.saving.kept import named, refuse_damaged
from flawless.app.saving.still import stopped
from flawless.app.saving.trial import tried
from flawless.app.session import Asked, Progress, Session, open_session
from flawless.app.sites import make_site, write_model
from flawless.app.verify import live, store_of
from flawless.app.watching import measured, probing
from flawless.deploy.runner import walk
from flawless.deploy.site import Outcome, Site
from flawless.errors import FlawlessError, UsageError
from flawless.model.backup import Manifest, PartKind
from flawless.model.plan import Step, StepKind
from flawless.model.release import Release
from flawless.model.report import Decision, Report
from flawless.model.stack import DATA_ROLES
from flawless.ports.bundle import Ports

_COPY_SECONDS = 10.0


class _Work(Struct):
    """A restore under way, and the backup of what was there before."""

    place: Place
    release: Release
    wanted: Manifest
    folder: Path
    quiet: tuple[str, ...]
    former: Manifest | None = None


async def restore(
    root: Path, ports: Ports, asked: Asked, backup: str, progress: Progress, *, confirm: str = ""
) -> Report:
    """Restore a backup into the running stack, where ``confirm`` is its name; the decision carries the exit code.

    Raise UsageError when the name is not given or the backup is damaged, before anything is touched.
    """
    session = await open_session(root, ports, asked, progress)
    session.make_folder()
    async with lease_of(session, f"restore of {backup}", half_restored=True) as lease:
        wanted = named(folder_of(session), backup, ports.files)
        refuse_damaged(folder_of(session), wanted)
        place = Place(session.stack, ports, progress)
        quiet = silenced(place, wanted)
        for line in expected(wanted, quiet):
            progress(line)
        _refuse(session, wanted, confirm, expected(wanted, quiet))
        release = await store_of(session).last_good()
        if release is None:
            raise UsageError("no good release is recorded that could be started again", remedy="flawless deploy first")
        tested = await _tested(place, wanted, folder_of(session))
        work = _Work(place, release, tested, folder_of(session), quiet)
        return await _carried_out(session, work, lease.notes)


def silenced(place: Place, wanted: Manifest) -> tuple[str, ...]:
    """The services that must not run meanwhile: those that may write, and, for a volume, all that have it mounted."""
    found: dict[str, None] = {}
    for part in wanted.parts:
        data = Data(part.kind, part.subject)
        found |= dict.fromkeys(each.name for each in writers(place.stack, data))
        if part.kind is PartKind.VOLUME:
            found |= {each.name: None for each in place.stack.services if part.subject in volumes_of(each)}
    return tuple(found)


def expected(wanted: Manifest, quiet: Iterable[str]) -> tuple[str, ...]:
    """What a restore does to what serves, and for how long, by the time that the trial of the backup took.

    What is there is copied and tried as well, and then the backup is restored once more.
    """
    told = f"about {3 * sum(part.seconds for part in wanted.parts) + _COPY_SECONDS:.0f} s and the starts"
    if not all(part.verified for part in wanted.parts):
        told = "of unknown length, for not all of it was restored anywhere yet"
    return (f"stops meanwhile: {', '.join(quiet) or 'nothing'}; the gap is {told}",)


def _refuse(session: Session, wanted: Manifest, confirm: str, said: tuple[str, ...]) -> None:
    if wanted.stack != session.stack.name:
        what = f"backup {wanted.id} is of {wanted.stack}, not of {session.stack.name}"
        raise UsageError(what, remedy="restore it where it belongs")
    if confirm != session.stack.name:
        remedy = f"flawless restore {wanted.id} --confirm {session.stack.name}"
        raise UsageError("a restore replaces data: the stack's name is needed", also=said, remedy=remedy)


async def _tested(place: Place, wanted: Manifest, folder: Path) -> Manifest:
    """What was never restored anywhere is restored into a throwaway first, before anything is touched."""
    untried = [part for part in wanted.parts if not part.verified]
    done = {part.file: part for part in await tried(place, untried, folder / wanted.id)}
    return structs.replace(wanted, parts=tuple(done.get(part.file, part) for part in wanted.parts))


def _steps() -> tuple[Step, ...]:
    return (
        Step(
            id="save",
            kind=StepKind.SAVE,
            why="what is there now is about to be replaced",
            proof="a backup of it is kept, its servers' parts restored into throwaway containers",
            undo="the services that were stopped are started again",
        ),
        Step(
            id="restore",
            kind=StepKind.RESTORE,
            why="the backup takes its place",
            proof="rows, keys or files are those of the backup",
            undo="a restore of the backup that was just taken",
        ),
    )


async def _carried_out(session: Session, work: _Work, notes: tuple[str, ...]) -> Report:
    run = begin(session, "restore")
    ledger = session.ledger()
    journal = DeployJournal(ledger, session.ports.clock, session.stack.name, run.id)
    problem = lost = ""
    judged: Judged = NOTHING
    async with probing(session) as prober:
        try:
            end_interrupted(ledger, session.ports.clock, session.stack.name, run.id, good=work.release.id)
            journal.begin(What(target=work.release.id, data=_by_hand(session, work)))
            site = _site(session, work)
            try:
                await walk(site, _steps(), journal.step)
                await _served(session, work, journal)
            except FlawlessError as error:
                problem, lost = error.what, await _undone(session, work, journal)
            if not lost:
                journal.end("restored" if not problem else "back")
        finally:
            ledger.close()
        if not problem:
            judged = await live(session, Expected(work.release.revision, work.release.id))
    decision = _decision(session, work, problem, lost)
    kept = (f"what was there before is backup {work.former.id}",) if work.former else ()
    report = make_report(session, run, judged, revision=work.release.revision, notes=(*notes, *kept), decision=decision)
    report = structs.replace(report, steps=journal.records, traffic=measured(prober, journal.records))
    return keep(session, report, judged)


def _site(session: Session, work: _Work) -> Site:
    site = make_site(session, work.release, write_model(session, work.release))

    async def saved() -> Outcome:
        return await _saved(session, work)

    async def restored() -> Outcome:
        said = await put_back(work.place, work.wanted.parts, work.folder / work.wanted.id)
        return Outcome(True, "; ".join(said))

    return structs.replace(site, actions={StepKind.SAVE: saved, StepKind.RESTORE: restored})


async def _saved(session: Session, work: _Work) -> Outcome:
    """Stop what writes, and keep what is there: nothing changes between this copy and the restore.

    A server whose volume alone is restored is stopped for the copy; one that is asked for its data runs on.
    """
    stack = session.stack
    serving = [name for name in work.quiet if (found := stack.service(name)) and found.role not in DATA_ROLES]
    await stopped(work.place, serving)
    wanted = dict.fromkeys(Data(part.kind, part.subject) for part in work.wanted.parts)
    asked = {part.subject for part in work.wanted.parts if part.kind is not PartKind.VOLUME}
    holding = [name for name in _holding(session, work) if name not in asked]
    await stopped(work.place, holding)
    work.former = await save(session, wanted, f"before the restore of {work.wanted.id}", verify=None)
    return Outcome(True, f"backup {work.former.id}: {work.former.size:,} bytes")


def _holding(session: Session, work: _Work) -> tuple[str, ...]:
    """The servers whose volume itself is restored."""
    subjects = {part.subject for part in work.wanted.parts if part.kind is PartKind.VOLUME}
    data = session.stack.with_role(*DATA_ROLES)
    return tuple(each.name for each in data if subjects & set(volumes_of(each)))


async def _served(session: Session, work: _Work, journal: DeployJournal) -> None:
    """The release's own plan starts what was stopped and makes what went with its volume, stores before their users."""
    site, plan = await way_back(session, work.release)
    await walk(site, plan.steps, journal.step)


async def _undone(session: Session, work: _Work, journal: DeployJournal) -> str:
    """Put back what was there and start it; why not ("" when it serves again)."""
    session.progress("failed: what was there before is put back")
    try:
        if work.former is not None:
            await put_back(work.place, work.former.parts, work.folder / work.former.id)
        await _served(session, work, journal)
    except FlawlessError as error:
        return error.what
    return ""


def _by_hand(session: Session, work: _Work) -> str:
    name = session.stack.name
    newest = f"flawless restore {work.wanted.id} --confirm {name} finishes it"
    return f"{newest}; flawless backup --list names the backup of what was there before, which a restore puts back"


def _decision(session: Session, work: _Work, problem: str, lost: str) -> Decision | None:
    """None leaves it to the gate over what runs now."""
    if not problem:
        return None
    if not lost:
        return Decision(False, BACK, f"{problem}; what was there before serves again")
    former = work.former.id if work.former else work.wanted.id
    remedy = f"run: flawless restore {former} --confirm {session.stack.name}"
    return Decision(False, NOT_BACK, f"{problem}; it could not be put back: {lost}. {remedy}")
