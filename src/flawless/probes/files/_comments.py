"""Waivers in comments: ``# flawless: allow ID (owner) until 2030-01-31 -- reason``, also after ``--`` as in SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from flawless.model.stack import Origin
from flawless.model.waiver import InlineWaiver

MARK = "flawless: allow"
_MOST = 1_000
_WAIVER = re.compile(rf"(?:^|\s)(?:#+|--|//)\s*{MARK}\b(?P<said>.*)$")
_SAID = re.compile(
    r"\s+(?P<check>[a-z][a-z0-9-]*)(?:\s+\((?P<owner>[^()]*)\))?(?:\s+until\s+(?P<until>\S+))?"
    r"(?:\s+\((?P<late>[^()]*)\))?\s+--\s+(?P<reason>\S.*)"
)
_COMMENT = re.compile(r"\s*(?:#|--|//)")
_FORM = f"is not of the form # {MARK} ID (owner) until YYYY-MM-DD -- reason; owner and date may be left out"


def waivers_in(text: str, file: str) -> Iterator[InlineWaiver]:
    """Every waiver of a text, at most a thousand, the mistaken ones with their problem; subjects are not looked for."""
    lines = text.split("\n")
    found = 0
    for number, line in enumerate(lines, 1):
        match = _WAIVER.search(line.rstrip("\r")) if MARK in line else None
        if match and found < _MOST:
            found += 1
            target = _below(lines, number) if _COMMENT.match(line) else number
            yield _waiver(match["said"], Origin(file, number), target)


def _below(lines: list[str], number: int) -> int:
    """The first line below a comment that is none; 0 where the comment ends in a blank line or with the file."""
    for below in range(number, len(lines)):
        if not _COMMENT.match(lines[below]):
            return below + 1 if lines[below].strip() else 0
    return 0


def _waiver(said: str, origin: Origin, line: int) -> InlineWaiver:
    match = _SAID.fullmatch(said.rstrip())
    if match is None:
        first = said.split()[:1]
        name = first[0] if first and re.fullmatch(r"[a-z][a-z0-9-]*", first[0]) else ""
        return InlineWaiver(name, "", "", "", origin, line, problem=_FORM)
    owner = (match["owner"] or match["late"] or "").strip()
    until = match["until"] or ""
    problem = "" if _is_date(until or "2000-01-01") else f"has no date after until: {until}"
    return InlineWaiver(match["check"], match["reason"], owner, until if not problem else "", origin, line, (), problem)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text))
