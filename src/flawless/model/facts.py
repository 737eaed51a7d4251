"""What was observed: known with evidence, or unknown with a reason. Nothing between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import Struct

T = TypeVar("T")

STACK = "stack"


class Scope(StrEnum):
    """What a fact or a rule speaks of: the whole stack, or one service."""

    STACK = "stack"
    SERVICE = "service"


def service_subject(name: str) -> str:
    """The subject under which facts and findings of a service are filed."""
    return f"service:{name}"


class Evidence(Struct, frozen=True):
    """What was done (argv, query, URL), how it ended, a masked extract, and the digest of the whole output."""

    what: str
    status: str
    extract: str
    digest: str
    at: float
    seconds: float


class Known(Struct, Generic[T], frozen=True, tag="known"):
    """An observation: its value, the evidence, and when (seconds since the epoch)."""

    value: T
    evidence: tuple[Evidence, ...] = ()
    at: float = 0.0


class Unknown(Struct, frozen=True, tag="unknown"):
    """An observation that could not be made: why, what was tried, and what the reader can do."""

    reason: str
    evidence: tuple[Evidence, ...] = ()
    remedy: str = ""


class FactKey(Struct, Generic[T], frozen=True):
    """A typed name for one observation of one kind of subject."""

    name: str
    type: Any
    scope: Scope


class Fact(Struct, frozen=True):
    """One reading, filed under key name and subject."""

    key: str
    subject: str
    reading: Known[Any] | Unknown


def known(key: FactKey[T], subject: str, value: T, evidence: Iterable[Evidence] = (), at: float = 0.0) -> Fact:
    """A fact that was observed."""
    return Fact(key.name, subject, Known(value, tuple(evidence), at))


def unknown(key: FactKey[Any], subject: str, reason: str, evidence: Iterable[Evidence] = (), remedy: str = "") -> Fact:
    """A fact that could not be observed."""
    return Fact(key.name, subject, Unknown(reason, tuple(evidence), remedy))


class Facts:
    """Readings by key and subject; later ones replace earlier ones of the same key and subject."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self._readings: dict[tuple[str, str], Known[Any] | Unknown] = {}
        for fact in facts:
            self._readings[fact.key, fact.subject] = fact.reading

    def __iter__(self) -> Iterator[Fact]:
        for (key, subject), reading in self._readings.items():
            yield Fact(key, subject, reading)

    def __len__(self) -> int:
        return len(self._readings)

    def get(self, key: FactKey[T], subject: str) -> Known[T] | Unknown | None:
        """The reading, or None when nobody looked."""
        return cast("Known[T] | Unknown | None", self._readings.get((key.name, subject)))

    def of(self, key: FactKey[T]) -> dict[str, Known[T] | Unknown]:
        """All readings of a key, by subject."""
        return {subject: reading for (name, subject), reading in self._readings.items() if name == key.name}

    def merged(self, other: Iterable[Fact]) -> Facts:
        """These facts with others laid over them."""
        return Facts([*self, *other])

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data, one entry a reading."""
        return cast("list[dict[str, Any]]", msgspec.to_builtins(list(self)))

    @classmethod
    def from_json(cls, entries: Iterable[dict[str, Any]], keys: Iterable[FactKey[Any]]) -> Facts:
        """Read what ``to_json`` wrote; raise msgspec.ValidationError on a wrong shape, KeyError on an unknown key."""
        types = {key.name: key.type for key in keys}
        return cls(_fact(entry, types) for entry in entries)


def _fact(entry: dict[str, Any], types: dict[str, Any]) -> Fact:
    reading = entry["reading"]
    if reading["type"] == "unknown":
        return Fact(entry["key"], entry["subject"], msgspec.convert(reading, Unknown))
    shape = types[entry["key"]]
    value = msgspec.convert(reading["value"], shape)
    evidence = msgspec.convert(reading.get("evidence", ()), tuple[Evidence, ...])
    return Fact(entry["key"], entry["subject"], Known(value, evidence, reading.get("at", 0.0)))
