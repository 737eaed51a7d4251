"""Which lines of the logs are wanted. Pure."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import UTC, datetime

from msgspec import Struct

from flawless.compose.units import duration
from flawless.errors import UsageError
from flawless.probes.live._errors import LEVELS, ErrorLines, level_of, template

_DAYS = re.compile(r"(\d+)d")
_DAY = 86_400.0


class Wanted(Struct, frozen=True):
    """What of the logs is asked for; ``since`` in seconds since the epoch, ``level`` the least one.

    ``new``: only error-class lines whose shape the last good release did not log.
    """

    services: tuple[str, ...] = ()
    since: float = 0.0
    grep: re.Pattern[str] | None = None
    level: str = ""
    new: bool = False


class LineFilter:
    """Tells the wanted lines of one log, in their order: a line that goes on has the level of the one before."""

    def __init__(self, wanted: Wanted, known: Container[str]) -> None:
        self._wanted = wanted
        self._known = known
        self._errors = ErrorLines()
        self._level = ""
        self._least = LEVELS.index(wanted.level) if wanted.level else 0

    def takes(self, line: str) -> bool:
        """Whether the next line is wanted; it is masked already."""
        return self._loud(line) and self._found(line) and self._fresh(line)

    def level(self, line: str) -> str:
        """The level of the next line: as it says, else that of the one before where it goes on; "" where none tells."""
        self._level = level_of(line) or (self._level if line[:1].isspace() else "")
        return self._level

    def _loud(self, line: str) -> bool:
        """A line that tells no level counts as information."""
        return not self._least or LEVELS.index(self.level(line) or "info") >= self._least

    def _found(self, line: str) -> bool:
        return self._wanted.grep is None or self._wanted.grep.search(line) is not None

    def _fresh(self, line: str) -> bool:
        if not self._wanted.new:
            return True
        error = self._errors.error(line)
        return bool(error) and template(error) not in self._known


def pattern(text: str) -> re.Pattern[str] | None:
    """The regular expression; None for "". UsageError when it is none."""
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise UsageError(f"--grep is no regular expression: {error}", remedy="put a \\ before ( [ + * ? .") from error


def since(text: str, now: float) -> float:
    """What ``10m``, ``2d`` (before ``now``) or an ISO 8601 time (in UTC where it names no zone) means; 0 for "".

    In seconds since the epoch. UsageError for anything else.
    """
    if not text:
        return 0.0
    days = _DAYS.fullmatch(text)
    back = float(days[1]) * _DAY if days else duration(text)
    if back is not None:
        return max(0.0, now - back)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        remedy = "write 10m, 2h, 3d, or 2026-01-31T12:00"
        raise UsageError(f"--since {text} is neither a duration nor a time", remedy=remedy) from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
