"""The catalogue for readers: the list of all checks, and one check's page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from itertools import groupby
from typing import Any

import msgspec

from flawless.model.check import Check
from flawless.model.checklist import LINES
from flawless.report.text import count

SCHEMA = "flawless/checks/1"
_TEXTS = {line.item: f"{line.section}: {line.text}" for line in LINES}

Topical = tuple[str, Check]
"""A check and the topic (folder) it belongs to."""


def list_page(checks: Iterable[Topical], width: int = 100) -> str:
    """All checks by topic, one or two lines each."""
    known = tuple(checks)
    wide = max((len(check.id) for _, check in known), default=0)
    parts = []
    for topic, members in groupby(known, key=lambda pair: pair[0]):
        lines = [_entry(check, wide, width) for _, check in members]
        parts.append("\n".join([topic, *lines]))
    parts.append(f"{count(len(known), 'check')}; flawless explain ID says more about one")
    return "\n\n".join(parts) + "\n"


def _entry(check: Check, wide: int, width: int) -> str:
    lead = f"  {check.id:<{wide}}  {check.severity.value:<5}  "
    if len(lead) + len(check.title) <= width:
        return lead + check.title
    return textwrap.fill(check.title, width, initial_indent=f"{lead.rstrip()}\n    ", subsequent_indent="    ")


def list_json(checks: Iterable[Topical]) -> str:
    """All checks as JSON, schema ``flawless/checks/1``."""
    data = {"schema": SCHEMA, "checks": [_data(topic, check) for topic, check in checks]}
    return _json(data)


def check_page(topic: str, check: Check, width: int = 100) -> str:
    """One check's page: what it is, which lines of the checklist it decides, its own documentation, the remedy."""
    facts = [
        f"{check.id}: {check.title}",
        "",
        f"severity   {check.severity.value}",
        f"topic      {topic}",
        f"levels     {', '.join(_levels(check))}",
        f"since      {check.since}",
        *([f"reference  {check.reference}"] if check.reference else []),
    ]
    items = [f"  {item} {_TEXTS.get(item, '')}".rstrip() for item in check.items]
    remedy = textwrap.fill(check.remedy, width, initial_indent="  ", subsequent_indent="  ")
    parts = ["\n".join(facts), check.doc.strip(), f"Remedy\n{remedy}"]
    if items:
        parts.append("\n".join(["Lines of the checklist", *items]))
    return "\n\n".join(parts) + "\n"


def check_json(topic: str, check: Check) -> str:
    """One check as JSON, as in the list and with its documentation."""
    return _json({"schema": SCHEMA, "checks": [{**_data(topic, check), "doc": check.doc}]})


def _data(topic: str, check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "title": check.title,
        "topic": topic,
        "severity": check.severity.value,
        "levels": _levels(check),
        "checklist": list(check.items),
        "remedy": check.remedy,
        "reference": check.reference,
        "since": check.since,
    }


def _levels(check: Check) -> list[str]:
    return [rule.level.value for rule in check.rules]


def _json(data: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"
