"""Lines of logs, and their shapes with counts, as text and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec
from msgspec import Struct

from flawless.model.observed import LogTemplate
from flawless.report._columns import columns
from flawless.report.text import plain

SCHEMA = "flawless/log-shapes/1"
_TINTS = {"error": "31", "warn": "33", "debug": "2", "trace": "2"}


class LogEntry(Struct, frozen=True):
    """One masked line: where from, when (seconds since the epoch), its level ("" where it tells none)."""

    service: str
    container: str
    at: float
    level: str
    text: str


def log_line(entry: LogEntry, width: int, color: bool) -> str:
    """``01-31 03:04:05.123  backend-1  text``; ``width`` is that of the names."""
    text = plain(entry.text).replace("\n", " ")
    tint = _TINTS.get(entry.level, "") if color else ""
    shown = f"\x1b[{tint}m{text}\x1b[0m" if tint else text
    return f"{_clock(entry.at)}  {entry.container:<{width}}  {shown}\n"


def _clock(at: float) -> str:
    second = int(at)
    return f"{_second(second)}.{int((at - second) * 1000):03d}"


@lru_cache(maxsize=1_000)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%m-%d %H:%M:%S")


def log_json(entry: LogEntry) -> str:
    """One JSON object a line."""
    at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return msgspec.json.encode({**msgspec.structs.asdict(entry), "at": at}).decode() + "\n"


def shapes_page(shapes: Mapping[str, Sequence[LogTemplate]], width: int) -> str:
    """How often each service logged lines of which shape, commonest first."""
    rows = [(str(one.count), service, one.template) for service, found in shapes.items() for one in found]
    return columns(("COUNT", "SERVICE", "SHAPE"), rows, width) if rows else "no line\n"


def shapes_json(shapes: Mapping[str, Sequence[LogTemplate]]) -> str:
    """The same as JSON, with an example of each."""
    data = {"schema": SCHEMA, "services": {service: list(found) for service, found in shapes.items()}}
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"
