"""Error-class lines in logs of any format, and the shapes they have in common.

A level that the line itself states decides. Only lines without one are searched for the words that crashes print.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterable
from typing import Any

import msgspec
from msgspec import structs

from flawless.model.observed import LogScan, LogTemplate
from flawless.probes.live._shapes import merged

MOST_TEMPLATES = 50
OTHERS = "(other shapes)"
_MOST_HELD = 1_000
_LINE = 2_000
_SHOWN = 300
_HEAD = 160
_PINO_ERROR = 50
_PINO_LEVELS = (20, 30, 40, _PINO_ERROR)

_BAD = frozenset(
    {"error", "err", "fatal", "panic", "critical", "crit", "alert", "emerg", "emergency", "severe", "dpanic"}
)
_LEVEL_KEYS = ("level", "severity", "levelname", "log.level", "log_level", "lvl", "loglevel")
_TEXT_KEYS = ("event", "message", "msg")
LEVELS = ("trace", "debug", "info", "warn", "error")
_GRADES = {"warning": "warn", "notice": "info", "log": "info"} | {name: name for name in LEVELS}
_CAUSE_KEYS = ("error", "err", "exception", "exc_info")

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_WORDS = r"trace|debug|info|notice|warn|warning|error|err|fatal|critical|crit|panic|alert|emerg|emergency|severe"
_LEVELS = (
    re.compile(rf"\[\s*({_WORDS})\s*\]", re.IGNORECASE),
    re.compile(rf'\b(?:level|lvl|severity)=["\']?({_WORDS})\b', re.IGNORECASE),
    re.compile(r"\b(LOG|DETAIL|HINT|STATEMENT|CONTEXT|QUERY|NOTICE|WARNING|INFO|DEBUG[1-5]|ERROR|FATAL|PANIC):\s{2}"),
    re.compile(rf"(?:^|[\s|(])({_WORDS.upper()})(?=[\s:|)]|$)"),
)
_CRASH = re.compile(
    r"^(?:Uncaught |Unhandled )?(?:[A-Za-z_][\w.$]*\.)?(?:[A-Z]\w*)?(?:Error|Exception)\b(?::|$|\()"
    r"|^(?:npm ERR!|panic: |fatal(?: error)?: |error: )"
    r"|\bunhandled (?:exception|rejection|promise rejection|error)\b|\bpanicked at\b|\bsegmentation fault\b"
    r"|\bout of memory\b|\bcore dumped\b|^Exception in thread\b|# Fatal error",
    re.IGNORECASE,
)
_TRACEBACK = "Traceback (most recent call last)"

_STAMP = re.compile(
    r"^\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?(?: [A-Z]{3,5}\b)?\]?\s*"
)
_MASKS = (
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "<uuid>"),
    (re.compile(r"\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)"), "<text>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"), "<ip>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}\b"), "<hex>"),
    (re.compile(r"\d+(?:\.\d+)?"), "<n>"),
    (re.compile(r"\s+"), " "),
)


def scan(lines: Iterable[str], mask: Callable[[str], str]) -> LogScan:
    """Count lines and the shapes of the error-class ones, commonest first; rare shapes beyond 50 are one entry."""
    shapes = ErrorShapes(mask)
    for line in lines:
        shapes.add(line)
    return shapes.found()


class ErrorShapes:
    """The shapes of error-class lines, gathered as the lines come. Those in ``known`` are no news and do not count."""

    def __init__(self, mask: Callable[[str], str], known: Container[str] = ()) -> None:
        self._mask = mask
        self._lines = 0
        self._told = ErrorLines()
        self._shapes = Shapes(known)

    def add(self, line: str) -> None:
        """One more line."""
        self._lines += 1
        if text := self._told.error(line):
            self._shapes.add(self._mask(text))

    def found(self) -> LogScan:
        """All of it so far."""
        return LogScan(self._lines, self._shapes.found())


class ErrorLines:
    """Tells the error-class lines of one log; a Python traceback by its last line, where the exception stands."""

    def __init__(self) -> None:
        self._in_traceback = False

    def error(self, line: str) -> str:
        """What the next line says if it is of error class; empty for any other."""
        line = _plain(line).rstrip()
        if self._in_traceback and line and not line[0].isspace():
            self._in_traceback = False
            return line
        if _TRACEBACK in line and not line.lstrip().startswith("{"):
            self._in_traceback = True
        return "" if self._in_traceback else error_text(line)


class Shapes:
    """Masked lines counted by shape, in bounded memory; those in ``known`` do not count."""

    def __init__(self, known: Container[str] = ()) -> None:
        self._known = known
        self._counted: dict[str, LogTemplate] = {}
        self._full = False

    def add(self, clean: str) -> None:
        """One more line, masked already."""
        shape = template(clean)
        if shape in self._known:
            return
        if shape not in self._counted and not self._room():
            shape = OTHERS
        before = self._counted.get(shape, LogTemplate(shape, 0, clean[:_SHOWN]))
        self._counted[shape] = structs.replace(before, count=before.count + 1)

    def found(self) -> tuple[LogTemplate, ...]:
        """The shapes so far, commonest first; rare ones beyond 50 are one entry."""
        ordered = sorted(merged(self._counted.values()), key=lambda entry: (-entry.count, entry.template))
        return tuple(_bounded(ordered))

    def _room(self) -> bool:
        """Whether one more shape can be held; when there are too many, those that differ in words only become one."""
        if len(self._counted) >= _MOST_HELD and not self._full:
            self._counted = {entry.template: entry for entry in merged(self._counted.values())}
            self._full = len(self._counted) > _MOST_HELD / 2
        return len(self._counted) < _MOST_HELD


def _bounded(ordered: list[LogTemplate]) -> list[LogTemplate]:
    shaped = [entry for entry in ordered if entry.template != OTHERS]
    kept, rest = shaped[:MOST_TEMPLATES], shaped[MOST_TEMPLATES:] + [one for one in ordered if one.template == OTHERS]
    if rest:
        kept.append(LogTemplate(OTHERS, sum(entry.count for entry in rest), rest[0].example))
    return kept


def template(text: str) -> str:
    """A line without its time, with numbers, addresses, identifiers and quoted text replaced."""
    shape = _STAMP.sub("", text)
    for pattern, name in _MASKS:
        shape = pattern.sub(name, shape)
    return shape.strip()[:_SHOWN]


def error_text(line: str) -> str:
    """What an error-class line says; empty for any other line."""
    if line.lstrip().startswith("{") and (record := _record(line)):
        return _from_record(record)
    level = _stated_level(line)
    if level:
        return line if level in _BAD else ""
    return line if _CRASH.search(line) else ""


def level_of(line: str) -> str:
    """One of LEVELS as the line states it, "error" for what crashes print; empty where the line does not tell."""
    line = _plain(line)
    if line.lstrip().startswith("{") and (record := _record(line)):
        level = _record_level(record)
        if isinstance(level, int | float):
            return LEVELS[sum(level >= least for least in _PINO_LEVELS)]
        stated = str(level).lower()
    else:
        stated = _stated_level(line) or ("error" if _CRASH.search(line) or _TRACEBACK in line else "")
    return "error" if stated in _BAD else _GRADES.get(stated.rstrip("12345"), "info" if stated else "")


def _plain(line: str) -> str:
    """The part of a line that is looked at, without colours."""
    head = line[:_LINE]
    return _ANSI.sub("", head) if "\x1b" in head else head


def _stated_level(line: str) -> str:
    head = line[:_HEAD]
    found = [hit for pattern in _LEVELS if (hit := pattern.search(head))]
    return min(found, key=lambda hit: hit.start())[1].lower() if found else ""


def _record(line: str) -> dict[str, Any]:
    try:
        record = msgspec.json.decode(line)
    except (ValueError, RecursionError):
        record = _leniently(line)
    return record if isinstance(record, dict) else {}


def _leniently(line: str) -> object:
    """What Python's own, slower reader makes of it, which takes NaN and numbers beyond range; None for nothing."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _record_level(record: dict[str, Any]) -> Any:
    for key in _LEVEL_KEYS:
        if key in record:
            return record[key]
    return ""


def _from_record(record: dict[str, Any]) -> str:
    level = _record_level(record)
    bad = level >= _PINO_ERROR if isinstance(level, int | float) else str(level).lower() in _BAD
    if not bad:
        return ""
    parts = [str(record[key]) for keys in (_TEXT_KEYS, _CAUSE_KEYS) for key in keys if record.get(key)]
    return ": ".join(parts) or msgspec.json.encode(record).decode()
