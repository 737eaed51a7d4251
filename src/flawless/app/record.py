"""``flawless init --baseline``: today's failures as dated waivers, in a block of their own in flawless.toml."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from msgspec import Struct, structs

from flawless.app.init import quoted, settings_text
from flawless.app.judge import judge, today, waived
from flawless.app.session import Asked, Progress, open_session
from flawless.config import FILE, load
from flawless.errors import UsageError
from flawless.judging.catalogue import catalogue
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.settings import Waiver
from flawless.ports.bundle import Ports

OWNER = "baseline"
BEGIN = "# >>> flawless init --baseline: what stands between these two marks is written anew by it"
END = "# <<< flawless init --baseline"


class Recorded(Struct, frozen=True):
    """Where the baseline was written, and how many findings are in it, of those how many new."""

    path: Path
    waivers: int
    new: int


async def record_baseline(root: Path, ports: Ports, asked: Asked, progress: Progress, *, days: int) -> Recorded:
    """Judge the files, and waive for ``days`` what fails and no other waiver covers; the rest of the file stays.

    What a former baseline holds and is still alive keeps its day; what fails no more is dropped. UsageError when the
    file cannot be read or written.
    """
    session = await open_session(root, ports, asked, progress)
    path, now = root / FILE, ports.clock.now()
    text = _text(path) or settings_text(session.stack)
    before, block, after = _parts(text, path)
    by_hand = load(f"{before}{after}", str(path), tuple(catalogue()))
    judged = await judge(session, [Level.FILES])
    verdicts = waived(judged, structs.replace(session.settings, waivers=by_hand.waivers), now)
    old = load(block, str(path)).waivers
    waivers = tuple(_waivers(verdicts, old, today(now), days))
    written = before + _block(waivers, _line_end(text)) + after
    _refuse_broken(written, path)
    ports.files.write(path, written.encode(), path.stat().st_mode & 0o7777 if path.exists() else 0o644)
    return Recorded(path, len(waivers), len(set(waivers) - set(old)))


def _text(path: Path) -> str:
    """The file as it stands, its line ends kept; empty when there is none."""
    try:
        return path.read_bytes().decode() if os.path.lexists(path) else ""
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", remedy="correct its permissions") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start})", remedy="save it as UTF-8") from error


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _parts(text: str, path: Path) -> tuple[str, str, str]:
    """What stands before the block, the block's inside, and what stands after it; a new block comes at the end."""
    end = _line_end(text)
    lines = text.split(end)
    begins = [number for number, line in enumerate(lines) if line == BEGIN]
    ends = [number for number, line in enumerate(lines) if line == END]
    if not begins and not ends:
        gap = "" if not text else end if text.endswith(end) else end * 2
        return f"{text}{gap}", "", ""
    if len(begins) != 1 or len(ends) != 1 or ends[0] < begins[0]:
        what = "the marks of the baseline are not one pair"
        raise UsageError(what, where=str(path), remedy="remove them, and the waivers between them, then try again")
    before = "".join(f"{line}{end}" for line in lines[: begins[0]])
    return before, "\n".join(lines[begins[0] + 1 : ends[0]]), end.join(lines[ends[0] + 1 :])


def _waivers(verdicts: Iterable[Verdict], old: tuple[Waiver, ...], now: date, days: int) -> Iterable[Waiver]:
    """One for each check and subject that fails; one that is recorded and alive stays as it is."""
    known = {(waiver.check, waiver.subject): waiver for waiver in old if date.fromisoformat(waiver.until) >= now}
    until = (now + timedelta(days=days)).isoformat()
    for verdict in verdicts:
        if verdict.check not in catalogue():
            continue  # complaints about waivers
        failing = (finding.subject for finding in verdict.findings if finding.outcome is Outcome.FAIL)
        for subject in dict.fromkeys(failing):
            fresh = Waiver(verdict.check, f"baseline of {now.isoformat()}: it was so already", OWNER, subject, until)
            yield known.get((verdict.check, subject), fresh)


def _block(waivers: Iterable[Waiver], end: str) -> str:
    lines = [BEGIN]
    for waiver in waivers:
        lines += ["[[waivers]]"]
        fields = ("check", "subject", "reason", "owner", "until")
        lines += [f"{name} = {quoted(getattr(waiver, name))}" for name in fields]
    return "".join(f"{line}{end}" for line in (*lines, END))


def _refuse_broken(text: str, path: Path) -> None:
    try:
        load(text, str(path))
    except UsageError as error:
        remedy = 'write waivers of your own as tables, [[waivers]], and not as waivers = ["..."]'
        raise UsageError(
            f"a baseline does not fit into {FILE}: {error.what}", where=error.where, remedy=remedy
        ) from error
