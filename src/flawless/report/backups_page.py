"""The backups of a stack as a list and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from flawless.model.backup import Manifest
from flawless.report._columns import columns
from flawless.report._json import json_text
from flawless.report.text import megabytes

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def backups_page(found: Sequence[Manifest], now: float, width: int = 100) -> str:
    """One line each, newest first, or a sentence where there is none."""
    if not found:
        return "no backup is kept here; flawless backup takes one\n"
    head = ("BACKUP", "AGE", "SIZE", "VERIFIED", "WHAT")
    return columns(head, [_row(each, now) for each in found], width)


def _row(each: Manifest, now: float) -> tuple[str, ...]:
    count = sum(bool(part.verified) for part in each.parts)
    verified = "yes" if each.verified else f"{count} of {len(each.parts)}"
    what = ", ".join(f"{part.kind.value} {part.database or part.subject}" for part in each.parts)
    return (each.id, age(now - each.taken), megabytes(each.size), verified, what)


def age(seconds: float) -> str:
    """How long ago, in the largest unit that fits: ``3 d``, ``5 h``, ``12 min``, ``40 s``."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def backups_json(found: Sequence[Manifest]) -> str:
    """The same as JSON: each backup's manifest."""
    return json_text(tuple(msgspec.to_builtins(each) for each in found))
