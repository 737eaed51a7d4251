"""All causes that show, the one that brings the others down first."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from flawless.diagnose.cause import Cause, Depth, Sight
from flawless.discover import constants_in
from flawless.model.diagnosis import Found


@cache
def causes() -> tuple[Cause, ...]:
    """Every cause, by name of its module."""
    return tuple(cause for _, cause in constants_in("flawless.diagnose.causes", "CAUSE", Cause))


def ranked(sights: Iterable[Sight]) -> tuple[Found, ...]:
    """The causes that show, deepest first; how a container ended is told only where nothing better explains it."""
    by_cause: dict[tuple[str, str], Found] = {}
    for sight in sights:
        for found in _of(sight):
            by_cause.setdefault((found.cause, found.service), found)
    return tuple(sorted(by_cause.values(), key=lambda found: (found.depth, found.service, found.cause)))


def _of(sight: Sight) -> list[Found]:
    shown = [(cause, line) for cause in causes() if (line := cause.find(sight))]
    explained = any(cause.depth is not Depth.ENDING for cause, _ in shown)
    return [_found(cause, sight, line) for cause, line in shown if not (explained and cause.depth is Depth.ENDING)]


def _found(cause: Cause, sight: Sight, line: str) -> Found:
    fix = cause.fix.replace("{service}", sight.service)
    return Found(cause.id, cause.title, sight.service, line, fix, int(cause.depth))
