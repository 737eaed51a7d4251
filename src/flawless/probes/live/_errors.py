"""Error-class lines in logs of any format, and the shapes they have in common.

A level that the line itself states decides. Only lines without one are searched for the words that crashes print.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flawless.model.observed import LogScan, LogTemplate

MOST_TEMPLATES = 50
OTHERS = "(other shapes)"
_LINE = 2_000
_SHOWN = 300
_HEAD = 160
_PINO_ERROR = 50

_BAD = frozenset(
    {"error", "err", "fatal", "panic", "critical", "crit", "alert", "emerg", "emergency", "severe", "dpanic"}
)
_LEVEL_KEYS = ("level", "severity", "levelname", "log.level", "log_level", "lvl", "loglevel")
_TEXT_KEYS = ("event", "message", "msg")
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
    counted: dict[str, LogTemplate] = {}
    read = [_ANSI.sub("", line[:_LINE]).rstrip() for line in lines]
    for text in _error_texts(read):
        clean = mask(text)
        shape = template(clean)
        before = counted.get(shape)
        counted[shape] = LogTemplate(
            shape, before.count + 1 if before else 1, before.example if before else clean[:_SHOWN]
        )
    ordered = sorted(counted.values(), key=lambda entry: (-entry.count, entry.template))
    return LogScan(len(read), tuple(_bounded(ordered)))


def _bounded(ordered: list[LogTemplate]) -> list[LogTemplate]:
    kept, rest = ordered[:MOST_TEMPLATES], ordered[MOST_TEMPLATES:]
    if rest:
        kept.append(LogTemplate(OTHERS, sum(entry.count for entry in rest), rest[0].example))
    return kept


def template(text: str) -> str:
    """A line without its time, with numbers, addresses, identifiers and quoted text replaced."""
    shape = _STAMP.sub("", text)
    for pattern, name in _MASKS:
        shape = pattern.sub(name, shape)
    return shape.strip()[:_SHOWN]


def _error_texts(lines: Iterable[str]) -> Iterator[str]:
    """The text of each error; a Python traceback is told by its last line, where the exception stands."""
    inside = False
    for line in lines:
        if inside and line and not line[0].isspace():
            inside = False
            yield line
        elif _TRACEBACK in line and not line.lstrip().startswith("{"):
            inside = True
        elif not inside and (text := error_text(line)):
            yield text


def error_text(line: str) -> str:
    """What an error-class line says; empty for any other line."""
    if line.lstrip().startswith("{") and (record := _record(line)):
        return _from_record(record)
    level = _stated_level(line)
    if level:
        return line if level in _BAD else ""
    return line if _CRASH.search(line) else ""


def _stated_level(line: str) -> str:
    head = line[:_HEAD]
    found = [hit for pattern in _LEVELS if (hit := pattern.search(head))]
    return min(found, key=lambda hit: hit.start())[1].lower() if found else ""


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _from_record(record: dict[str, Any]) -> str:
    level = next((record[key] for key in _LEVEL_KEYS if key in record), "")
    bad = level >= _PINO_ERROR if isinstance(level, int | float) else str(level).lower() in _BAD
    if not bad:
        return ""
    parts = [str(record[key]) for keys in (_TEXT_KEYS, _CAUSE_KEYS) for key in keys if record.get(key)]
    return ": ".join(parts) or json.dumps(record)
