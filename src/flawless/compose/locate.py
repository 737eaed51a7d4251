"""Where each element of the stack is written. Pure: nodes in, lines out.

The node tree is walked only along the path that is asked for, so aliases are never expanded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from msgspec import Struct

from flawless.model.stack import Origin

Path = tuple[str, ...]
_MERGE = "tag:yaml.org,2002:merge"


class Document(Struct, frozen=True):
    """One YAML file: its name relative to the stack, the folder its paths are relative to, and its node trees."""

    file: str
    base: str
    nodes: tuple[Any, ...]


class Item(Struct, frozen=True):
    """One element of a list: its text when it is a scalar, its scalar fields when it is a mapping, and its place."""

    text: str
    fields: dict[str, str]
    origin: Origin
    base: str


class Place(Struct, frozen=True):
    """A node and where it is written; a mapping's value has the line of its key."""

    document: Document
    node: Any
    line: int

    @property
    def origin(self) -> Origin:
        """File and line."""
        return Origin(self.document.file, self.line)


class Index:
    """Key paths to places over all files of a stack; a later file wins, and what a service extends comes last."""

    def __init__(self, documents: Sequence[Document], extended: Mapping[str, Document] | None = None) -> None:
        self._documents = tuple(documents)
        self._extended = extended or {}
        self._tables: dict[int, dict[str, tuple[int, Any]]] = {}

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every file, those that services extend last."""
        return tuple(dict.fromkeys((*self._documents, *self._extended.values())))

    def find(self, *path: str) -> Origin | None:
        """Where exactly this path is written, or None."""
        place = next(self._places(path), None)
        return place.origin if place else None

    def at(self, *path: str) -> Origin:
        """Where this path is written, or the nearest element above it, or the first file."""
        for length in range(len(path), 0, -1):
            if origin := self.find(*path[:length]):
                return origin
        return Origin(self._documents[-1].file if self._documents else "compose.yaml")

    def defined(self, service: str) -> Origin:
        """Where a service is defined: in the file that the others are laid over, not where it is extended."""
        for document in self._documents:
            for node in document.nodes:
                top = Place(document, node, node.start_mark.line + 1)
                for place in self._below(top, ("services", service)):
                    return place.origin
        return self.at("services", service)

    def keys(self, *path: str) -> dict[str, Origin]:
        """The keys that are written directly under a path, and where."""
        found: dict[str, Origin] = {}
        for place in self._places(path):
            for key, (line, _) in self.table(place.node).items():
                found.setdefault(key, Origin(place.document.file, line))
        return found

    def items(self, *path: str) -> tuple[Item, ...]:
        """The elements of the lists (or the one scalar) under a path, the files in Compose's order of merging."""
        layers = [list(self._items(place)) for place in self._places(path)]
        return tuple(item for layer in reversed(layers) for item in layer)

    def table(self, node: Any) -> dict[str, tuple[int, Any]]:
        """A mapping's keys with their line and value node, merge keys followed."""
        if id(node) not in self._tables:
            self._tables[id(node)] = {}
            self._tables[id(node)] = self._read_table(node)
        return self._tables[id(node)]

    def _read_table(self, node: Any) -> dict[str, tuple[int, Any]]:
        if not isinstance(node, yaml.MappingNode):
            return {}
        merged: dict[str, tuple[int, Any]] = {}
        own: dict[str, tuple[int, Any]] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                for source in value.value if isinstance(value, yaml.SequenceNode) else (value,):
                    merged = {**self.table(source), **merged}
            elif isinstance(key, yaml.ScalarNode):
                own[key.value] = (key.start_mark.line + 1, value)
        return {**merged, **own}

    def _places(self, path: Path) -> Iterator[Place]:
        """Every place of a path, the one that wins first."""
        if path[:1] == ("services",) and len(path) > 1:
            for place in self._service(path[1], self._documents, frozenset()):
                yield from self._below(place, path[2:])
            return
        for document in reversed(self._documents):
            for node in reversed(document.nodes):
                yield from self._below(Place(document, node, node.start_mark.line + 1), path)

    def _service(self, name: str, documents: Sequence[Document], seen: frozenset[tuple[str, str]]) -> Iterator[Place]:
        for document in reversed(documents):
            if (document.file, name) in seen:
                continue
            for node in reversed(document.nodes):
                top = Place(document, node, node.start_mark.line + 1)
                for place in self._below(top, ("services", name)):
                    yield place
                    yield from self._extends(place, seen | {(document.file, name)})

    def _extends(self, place: Place, seen: frozenset[tuple[str, str]]) -> Iterator[Place]:
        """What a service inherits: from its own file as it stands there, or from the file that it names."""
        if "extends" not in self.table(place.node):
            return
        value = self.table(place.node)["extends"][1]
        fields = scalars(value)
        name = value.value if isinstance(value, yaml.ScalarNode) else fields.get("service", "")
        file = fields.get("file", "")
        if not file:
            yield from self._service(name, (place.document,), seen)
        elif other := self._extended.get(extended_key(place.document.base, file)):
            yield from self._service(name, (other,), seen)

    def _below(self, place: Place, path: Path) -> Iterator[Place]:
        for step, key in enumerate(path):
            if isinstance(place.node, yaml.SequenceNode):
                found = next((node for node in place.node.value if _names(node, key)), None)
                if found is not None and step == len(path) - 1:
                    yield Place(place.document, found, found.start_mark.line + 1)
                return
            entry = self.table(place.node).get(key)
            if entry is None:
                return
            place = Place(place.document, entry[1], entry[0])
        yield place

    def _items(self, place: Place) -> Iterator[Item]:
        base = place.document.base
        if isinstance(place.node, yaml.ScalarNode):
            yield Item(place.node.value, {}, place.origin, base)
        elif isinstance(place.node, yaml.SequenceNode):
            for node in place.node.value:
                origin = Origin(place.document.file, node.start_mark.line + 1)
                text = node.value if isinstance(node, yaml.ScalarNode) else ""
                yield Item(text, scalars(node), origin, base)


def scalars(node: Any) -> dict[str, str]:
    """A mapping's keys whose values are scalars."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    pairs = ((key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))
    return {key.value: value.value for key, value in pairs if isinstance(value, yaml.ScalarNode)}


def extended_key(base: str, file: str) -> str:
    """The name under which a file is kept that a document of folder ``base`` extends."""
    return f"{base}/{file}"


def _names(node: Any, key: str) -> bool:
    """Whether a list element is the one called ``key``: ``KEY``, ``KEY=value``, or ``source: KEY``."""
    if isinstance(node, yaml.ScalarNode):
        return bool(node.value == key or node.value.startswith((f"{key}=", f"{key}:")))
    return scalars(node).get("source") == key
