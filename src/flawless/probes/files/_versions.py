"""Whether a version is affected, by the rules of the OSV schema (ossf.github.io/osv-schema). Pure."""

from __future__ import annotations

import re
from typing import Any

from packaging.version import InvalidVersion, Version

_SEMVER = re.compile(r"^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$")
Order = tuple[Any, ...]


def order(ecosystem: str, version: str) -> Order | None:
    """A key that sorts versions of an ecosystem; None when the text is no version."""
    if version == "0":
        return (-1,)
    if ecosystem == "PyPI":
        try:
            return (0, Version(version))
        except InvalidVersion:
            return None
    found = _SEMVER.match(version)
    if not found:
        return None
    numbers = tuple(int(found[place]) for place in (1, 2, 3))
    return (0, numbers, found[4] is None, _prerelease(found[4] or ""))


def _prerelease(text: str) -> tuple[tuple[bool, int, str], ...]:
    """Semantic Versioning 2.0.0, rule 11: numbers before words, numbers by value."""
    parts = text.split(".") if text else []
    return tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)


def affected(ecosystem: str, version: str, entry: dict[str, Any]) -> tuple[bool, str]:
    """Whether an ``affected`` entry covers a version, and the first version that fixes it ("" when none is known)."""
    listed = version in (entry.get("versions") or ())
    here = order(ecosystem, version)
    fixes: list[tuple[Order, str]] = []
    inside = False
    for each in entry.get("ranges") or ():
        if each.get("type") in {"SEMVER", "ECOSYSTEM"} and here is not None:
            events = each.get("events") or ()
            inside = inside or _inside(ecosystem, here, events)
            fixes += _fixes(ecosystem, here, events)
    return listed or inside, min(fixes, default=((), ""))[1]


def _inside(ecosystem: str, here: Order, events: Any) -> bool:
    """Events in order of version: each ``introduced`` opens, each ``fixed`` or ``last_affected`` closes."""
    inside = False
    for at, kind, _ in sorted(_events(ecosystem, events), key=lambda event: event[0]):
        if kind == "introduced" and here >= at:
            inside = True
        elif (kind == "fixed" and here >= at) or (kind == "last_affected" and here > at):
            inside = False
    return inside


def _fixes(ecosystem: str, here: Order, events: Any) -> list[tuple[Order, str]]:
    return [(at, text) for at, kind, text in _events(ecosystem, events) if kind == "fixed" and at > here]


def _events(ecosystem: str, events: Any) -> list[tuple[Order, str, str]]:
    found = [(kind, str(text)) for event in events for kind, text in event.items()]
    placed = [(order(ecosystem, text), kind, text) for kind, text in found]
    return [(at, kind, text) for at, kind, text in placed if at is not None]
