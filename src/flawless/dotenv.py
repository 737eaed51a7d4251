"""Where names stand in an env file. Values are Compose's business: its rules are its own."""

from __future__ import annotations

import re

from flawless.lines import lines_of

_NAME = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.\-]*)\s*(?:[=:]\s*(.*))?$")
_CLOSED = {'"': re.compile(r'(?:\\.|[^"\\])*"'), "'": re.compile(r"[^']*'")}


def names(text: str) -> dict[str, int]:
    """The line (from 1) on which each name is set last; text that is no assignment is passed over."""
    found: dict[str, int] = {}
    waiting = ""
    for number, line in enumerate(lines_of(text), 1):
        if waiting:
            waiting = "" if _CLOSED[waiting].match(line) else waiting
            continue
        if match := _NAME.match(line):
            found[match[1]] = number
            waiting = _opened(match[2] or "")
    return found


def _opened(value: str) -> str:
    """The quote that a value opens and does not close on its line."""
    quote = value[:1]
    return quote if quote in _CLOSED and not _CLOSED[quote].match(value[1:]) else ""
