"""``flawless fix``: safe changes of the stack's files, shown or made."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from flawless.app.judge import Judged, judge, waived
from flawless.app.session import Asked, Progress, Session, open_session
from flawless.mending.run import Left, failing, fixers, mend
from flawless.mending.source import Source, difference
from flawless.model.check import Level, Verdict
from flawless.model.fix import Fix
from flawless.ports.bundle import Ports

_MOST_BYTES = 1024 * 1024


class Change(Struct, frozen=True):
    """One file before and after its fixes."""

    file: str
    before: str
    after: str
    fixes: tuple[Fix, ...]
    new: bool

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        return difference(self.file, self.before, self.after, new=self.new)


class Mended(Struct, frozen=True):
    """What can be mended, file by file, and what is left alone."""

    root: Path
    changes: tuple[Change, ...]
    left: tuple[Left, ...]


async def find_fixes(root: Path, ports: Ports, asked: Asked, progress: Progress) -> Mended:
    """Judge the stack's files and work out every safe change, or those for ``asked.only``; nothing is written.

    Every check that has a fixer is judged in any case: one fixer looks at facts that another's check needs.
    """
    session = await open_session(root, ports, asked, progress)
    known = tuple(fixer.check for fixer in fixers())
    judged = await judge(session, [Level.FILES], only=known)
    wanted = frozenset(asked.only or known)
    every = waived(judged, session.settings, ports.clock.now())
    verdicts = tuple(verdict for verdict in every if verdict.check in wanted)
    texts = _texts(session, verdicts)
    fixes, left = mend(session.stack, judged.facts, verdicts, texts)
    return Mended(session.root, tuple(_changes(fixes, texts)), left)


def fixes_for(session: Session, judged: Judged) -> tuple[Fix, ...]:
    """The fixes of a run's own verdicts, for its report."""
    verdicts = waived(judged, session.settings, session.ports.clock.now())
    return mend(session.stack, judged.facts, verdicts, _texts(session, verdicts))[0]


def write(mended: Mended, ports: Ports) -> None:
    """Put the changed files in place, each with the mode and owner that it had; UsageError names one that cannot be."""
    for change in mended.changes:
        path = (mended.root / change.file).resolve()
        status = path.stat() if path.exists() else None
        ports.files.write(path, change.after.encode(), status.st_mode & 0o7777 if status else 0o644)
        if status:
            with contextlib.suppress(PermissionError):
                os.chown(path, status.st_uid, status.st_gid)


def _texts(session: Session, verdicts: Iterable[Verdict]) -> dict[str, str]:
    """The files that the failures point to and that define their services, where they may be changed."""
    files: dict[str, None] = {}
    for _, findings in failing(verdicts):
        files.update((finding.location.file, None) for finding in findings if finding.location)
        files.update((service.at("").file, None) for service in session.stack.services)
    root = session.root.resolve()
    return {file: text for file in files if (text := _text(root, file)) is not None}


def _text(root: Path, file: str) -> str | None:
    path = (root / file).resolve()
    try:
        if not path.is_relative_to(root) or path.stat().st_size > _MOST_BYTES:
            return None
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None


def _changes(fixes: tuple[Fix, ...], texts: dict[str, str]) -> Iterator[Change]:
    for file in dict.fromkeys(fix.file for fix in fixes):
        mine = tuple(fix for fix in fixes if fix.file == file)
        before = texts.get(file, "")
        after = Source(file, before).edited(edit for fix in mine for edit in fix.edits)
        yield Change(file, before, after, mine, mine[0].new)
