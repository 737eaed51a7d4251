"""All that the Compose schema has against the files, at once, each with file, line and column.

Compose itself stops at the first fault. This is asked only after Compose has refused a stack, so that a good one pays
nothing for it. Messages never quote a value: it may be a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from flawless.compose.locate import Document

Keys = tuple[str, ...]
_MERGE = "tag:yaml.org,2002:merge"
_RESET = "!reset"
_NUMBER = re.compile(r"[-+]?(?:\d+|\d*\.\d+(?:[eE][-+]?\d+)?)")
_BOOLEANS = {"true": True, "false": False}
_NULLS = frozenset({"", "~", "null"})
_MOST = 50
_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "empty",
}


class Fault(Struct, frozen=True):
    """One fault: the path of keys, what is wrong there, and where it is written (line and column from 1)."""

    path: Keys
    message: str
    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column} {self.message}"


def faults(documents: Iterable[Document]) -> tuple[Fault, ...]:
    """The faults of all documents in the order of the files, at most fifty; none when the schema is content."""
    found: list[Fault] = []
    for document in documents:
        for node in document.nodes:
            marks: dict[Keys, tuple[int, int]] = {}
            try:
                value = _plain(node, (), marks)
            except RecursionError:
                continue  # Compose has said what is wrong with it
            told = {path: words for path, words in _said(value) if path}
            for path, words in told.items():
                line, column = _nearest(path, marks)
                found.append(Fault(path, words, document.file, line, column))
    return tuple(sorted(found, key=lambda fault: (fault.file, fault.line, fault.column))[:_MOST])


def _nearest(path: Keys, marks: dict[Keys, tuple[int, int]]) -> tuple[int, int]:
    for length in range(len(path), -1, -1):
        if path[:length] in marks:
            return marks[path[:length]]
    return 1, 1


def _plain(node: Any, path: Keys, marks: dict[Keys, tuple[int, int]]) -> Any:
    """A node as data, as Compose's own YAML reader types it; the place of every key goes to ``marks``."""
    marks.setdefault(path, _mark(node))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each, (*path, str(place)), marks) for place, each in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, marks)
    return _scalar(node)


def _mapping(node: Any, path: Keys, marks: dict[Keys, tuple[int, int]]) -> dict[str, Any]:
    own: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key, value in node.value:
        if key.tag == _MERGE:
            for source in value.value if isinstance(value, yaml.SequenceNode) else (value,):
                inherited = _plain(source, path, {}) if isinstance(source, yaml.MappingNode) else {}
                merged = {**inherited, **merged}
        elif isinstance(key, yaml.ScalarNode) and value.tag != _RESET:
            marks[*path, key.value] = _mark(key)
            own[key.value] = _plain(value, (*path, key.value), marks)
    return {**merged, **own}


def _scalar(node: Any) -> Any:
    """YAML 1.2's core types; what is quoted is text."""
    text = node.value
    if node.style in ("'", '"', "|", ">") or node.tag == "tag:yaml.org,2002:binary":
        return text
    if text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if text in _NULLS or text.lower() == "null":
        return None
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text[:300])
    return text


def _mark(node: Any) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


@cache
def _schema() -> dict[str, Any]:
    text = Path(__file__).with_name("compose-spec.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validator() -> Any:
    from jsonschema_rs import validator_for

    return validator_for(_schema())


def _said(value: Any) -> Iterator[tuple[Keys, str]]:
    for error in _validator().iter_errors(value):
        yield from _told(error)


def _told(error: Any) -> Iterator[tuple[Keys, str]]:
    """The path and the sentence of an error; of alternatives, what the one that fits best has against it."""
    path: Keys = tuple(str(step) for step in error.instance_path)
    kind, name = error.kind, type(error.kind).__name__.rpartition("_")[2]
    dotted = ".".join(path) or "the compose file"
    match name:
        case "UnevaluatedProperties" | "AdditionalProperties":
            known = _properties(error.schema_path)
            unknown = [each for each in kind.unexpected if each not in known]
            yield from (((*path, each), f"unknown key {each} in {dotted}") for each in unknown)
        case "Type":
            yield path, f"{dotted} must be {_any_of(kind.types)}"
        case "OneOfNotValid" | "AnyOf":
            yield from _best(path, dotted, kind.context)
        case "Enum":
            yield path, f"{dotted} must be one of {', '.join(map(str, kind.options))}"
        case "Required":
            yield path, f"{dotted} lacks {kind.property}"
        case "Pattern" | "Format":
            yield path, f"{dotted} has not the form that is asked for"
        case _:
            yield path, f"{dotted} is not what the schema asks for ({name})"


def _best(path: Keys, dotted: str, branches: list[list[Any]]) -> Iterator[tuple[Keys, str]]:
    """What the alternative says that got furthest; when all fail at their type, which types there are."""
    types = [each for branch in branches for error in branch for each in getattr(error.kind, "types", ())]
    deeper = [branch for branch in branches if all(len(error.instance_path) > len(path) for error in branch)]
    if deeper and deeper[0]:
        for error in min(deeper, key=len):
            yield from _told(error)
        return
    other = [error for branch in branches for error in branch if not hasattr(error.kind, "types")]
    if other:
        yield from _told(other[0])
    else:
        yield path, f"{dotted} must be {_any_of(types)}"


def _any_of(types: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(_WORDS.get(each, each) for each in types))


def _properties(schema_path: list[str | int]) -> frozenset[str]:
    """The keys that the schema which speaks knows by itself and by those that it is made of."""
    place: Any = _schema()
    for step in schema_path[:-1]:
        place = place[step] if isinstance(place, dict) else place[int(step)]
    return frozenset(_known(place))


def _known(schema: dict[str, Any]) -> Iterator[str]:
    yield from schema.get("properties", {})
    for part in schema.get("allOf", ()):
        yield from _known(_resolved(part))
    if "$ref" in schema:
        yield from _known(_resolved(schema))


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    return _schema()["$defs"].get(name, {}) if name else schema
