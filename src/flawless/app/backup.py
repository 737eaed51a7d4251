"""``flawless backup``: a copy of the stack's data that was seen to restore, kept beside the stack."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, structs

from flawless.app.judge import NOTHING
from flawless.app.leasing import lease_of
from flawless.app.reporting import begin, keep, make_report
from flawless.app.saving.chosen import Data, chosen
from flawless.app.saving.copy import Place, copied
from flawless.app.saving.kept import FOLDER, backups, keep_newest, publish, unfinished
from flawless.app.saving.trial import tried
from flawless.app.session import FOLDER as STATE
from flawless.app.session import Asked, Progress, Session, open_session
from flawless.deploy.rehearsal import sweep
from flawless.errors import UsageError
from flawless.model.backup import Manifest, Part, PartKind
from flawless.model.report import Decision, Report
from flawless.ports.bundle import Ports
from flawless.ports.files import RealFiles


class BackupOptions(Struct, frozen=True):
    """What to copy (all for no name), what of it is restored for a trial (see ``save``), how many backups stay."""

    names: tuple[str, ...] = ()
    verify: bool | None = None
    keep: int = 7


async def back_up(root: Path, ports: Ports, asked: Asked, options: BackupOptions, progress: Progress) -> Report:
    """Take a backup; the report's notes say what is in it. Raise UsageError or EngineError when it cannot be taken."""
    session = await open_session(root, ports, asked, progress)
    session.make_folder()
    async with lease_of(session, "backup", half_restored=True) as lease:
        run = begin(session, "backup")
        made = await save(session, chosen(session.stack, options.names), "flawless backup", verify=options.verify)
        gone = keep_newest(folder_of(session), options.keep, ports.files)
    notes = (*lease.notes, *told(session, made), *(f"removed backup {name}, as --keep says" for name in gone))
    decision = Decision(True, 0, f"backup {made.id}: {_state(made)}")
    return keep(session, make_report(session, run, NOTHING, revision="", decision=decision, notes=notes), NOTHING)


def folder_of(session: Session) -> Path:
    """Where the stack's backups are."""
    return session.folder / FOLDER


async def save(session: Session, wanted: Iterable[Data], why: str, *, verify: bool | None) -> Manifest:
    """Copy some data and keep it. ``verify``: all parts are restored for a trial, those of servers (None), or none."""
    files, folder = session.ports.files, folder_of(session)
    now = session.ports.clock.now()
    manifest = Manifest(id=session.ports.ids.new(now), stack=session.stack.name, taken=now, parts=(), why=why)
    place = Place(session.stack, session.ports, session.progress)
    await sweep(session.ports.engine, session.stack.name)
    work = unfinished(folder, manifest.id)
    try:
        parts: list[Part] = []
        for data in wanted:
            parts += await copied(place, data, work)
        if not parts:
            raise UsageError("there is nothing to copy: no table, no Redis and no named volume of this stack")
        trial = [part for part in parts if _tried(part, verify)]
        verified = {part.file: part for part in await tried(place, trial, work)}
        manifest = structs.replace(manifest, parts=tuple(verified.get(part.file, part) for part in parts))
        publish(folder, manifest, files)
    except BaseException:
        files.remove(work)
        raise
    return manifest


def _tried(part: Part, verify: bool | None) -> bool:
    return part.kind is not PartKind.VOLUME if verify is None else verify


def _state(made: Manifest) -> str:
    count = sum(bool(part.verified) for part in made.parts)
    return f"{len(made.parts)} files, {made.size:,} bytes, {count} of {len(made.parts)} restored and looked at"


def told(session: Session, made: Manifest) -> tuple[str, ...]:
    """What is in a backup, where it is, and what of it is not as one would like."""
    lines = [f"backup {made.id} is in {folder_of(session) / made.id}"]
    for part in made.parts:
        seen = part.verified or "its checksum is kept; it was not restored anywhere"
        lines.append(f"{part.kind.value} {part.database or part.subject}: {part.size:,} bytes; {seen}")
        if part.note:
            lines.append(f"{part.subject}: {part.note}")
    return tuple(lines)


def read_backups(root: Path) -> tuple[Manifest, ...]:
    """Every backup that is kept beside the stack in a folder, newest first; needs no engine."""
    return backups(root / STATE / FOLDER, RealFiles())
