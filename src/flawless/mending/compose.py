"""Where a key can be put into a compose file: positions from the YAML nodes, text in the file's own indentation.

Only block style is written to. Flow style, and what an anchor shares with other places, is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

from flawless.mending.case import Case, LeftAloneError
from flawless.mending.source import Source
from flawless.model.fix import Edit

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"

Value = str | Sequence[str] | Mapping[str, "Value"]
"""YAML as it is to be written: a scalar in its final spelling, a list of scalars, or a mapping of keys to values."""


class Block:
    """A service's own mapping in one file."""

    def __init__(self, source: Source, key: Any, node: Any, shared: Counter[int]) -> None:
        self.source = source
        self._key = key
        self._node = node
        self._shared = shared

    def entry(self, name: str) -> tuple[Any, Any] | None:
        """The key and value node of that name, as this mapping itself writes it."""
        return next(((key, value) for key, value in self._node.value if key.value == name), None)

    def put(self, path: Sequence[str], value: Value) -> Edit:
        """An edit that gives ``path`` the value, keys that are there used; LeftAloneError where that is not safe."""
        name, *rest = path
        found = self.entry(name)
        if found is None:
            self._refuse_merged(name)
            return self._insertion({name: _nested(rest, value)})
        if rest:
            return self._below(*found).put(rest, value)
        if isinstance(found[1], yaml.SequenceNode) and not isinstance(value, str | Mapping):
            return self._appended(*found, value)
        raise LeftAloneError(f"{name} is set in {self.source.file}:{found[0].start_mark.line + 1} already")

    def _below(self, key: Any, node: Any) -> Block:
        _refuse_odd(self.source, key, node, self._shared)
        return Block(self.source, key, node, self._shared)

    def _refuse_merged(self, name: str) -> None:
        merged = (value for key, value in self._node.value if key.tag == _MERGE)
        if any(name in _keys(node) for node in merged):
            raise LeftAloneError(f"{name} comes from an anchor that other services share")

    def _insertion(self, value: Mapping[str, Value]) -> Edit:
        first = self._node.value[0][0]
        indent = first.start_mark.column
        step = max(indent - self._key.start_mark.column, 2) if indent > self._key.start_mark.column else 2
        lines = list(_rendered(value, indent, step))
        below = _last_certain_line(self._node, self._key.start_mark.line, self.source)
        return self.source.after(below + 1, lines)

    def _appended(self, key: Any, node: Any, items: Sequence[str]) -> Edit:
        if node.flow_style or not node.value or self._shared[id(node)] > 1:
            raise LeftAloneError(f"{key.value} in {self.source.file}:{key.start_mark.line + 1} is no plain list")
        last = _end_line(key, node, self.source)
        if last is None:
            raise LeftAloneError(f"where {key.value} ends in {self.source.file} is not certain")
        dash = self.source.line(node.value[-1].start_mark.line + 1)
        margin = dash[: len(dash) - len(dash.lstrip())]
        return self.source.after(last + 1, [f"{margin}- {item}" for item in items])


def block_of(case: Case, key: str) -> Block:
    """The service's mapping where it is defined; LeftAloneError when ``key`` cannot safely be put into it there."""
    origin = case.service.at("")
    elsewhere = case.service.origins.get(key)
    if elsewhere and elsewhere.file != origin.file:
        raise LeftAloneError(f"{key} is set in {elsewhere.file}, over {origin.file}")
    source, service = case.source(origin.file), case.service.name
    for node, shared in _documents(source):
        services = _value(node, "services")
        for name, value in services.value if isinstance(services, yaml.MappingNode) else ():
            if name.value == service and name.start_mark.line + 1 == origin.line:
                _refuse_odd(source, name, value, shared)
                return Block(source, name, value, shared)
    raise LeftAloneError(f"{case.service.name} is not written out in {origin.file}")


def _documents(source: Source) -> tuple[tuple[Any, Counter[int]], ...]:
    try:
        return _composed(source.text)
    except yaml.YAMLError as error:
        raise LeftAloneError(f"{source.file} is no YAML that can be changed") from error


@lru_cache(maxsize=8)
def _composed(text: str) -> tuple[tuple[Any, Counter[int]], ...]:
    """The documents of a text and how often each collection in them is used; asked for once a service."""
    return tuple((node, _uses(node)) for node in yaml.compose_all(text, Loader=_LOADER) if node is not None)


def _value(node: Any, key: str) -> Any:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _uses(node: Any) -> Counter[int]:
    """How often each collection is used: more than once where an anchor shares it."""
    found: Counter[int] = Counter()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, yaml.CollectionNode):
            continue
        found[id(each)] += 1
        if found[id(each)] == 1:
            for child in each.value:
                waiting.extend(child if isinstance(child, tuple) else (child,))
    return found


def _refuse_odd(source: Source, key: Any, node: Any, shared: Counter[int]) -> None:
    place = f"{key.value} in {source.file}:{key.start_mark.line + 1}"
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise LeftAloneError(f"{place} is empty or no mapping")
    if node.flow_style or node.value[0][0].start_mark.line == key.start_mark.line:
        raise LeftAloneError(f"{place} is written on one line; write it in lines first")
    if shared[id(node)] > 1 or node.start_mark.index < key.start_mark.index:
        raise LeftAloneError(f"{place} is shared through an anchor")


def _keys(node: Any) -> set[str]:
    if isinstance(node, yaml.SequenceNode):
        return {key for each in node.value for key in _keys(each)}
    own = {key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE}
    return own.union(*(_keys(value) for key, value in node.value if key.tag == _MERGE))


def _last_certain_line(node: Any, key_line: int, source: Source) -> int:
    """The line (from 0) below which a new key can stand: the end of the last entry whose end is known."""
    ends = [_end_line(key, value, source) for key, value in node.value]
    known = [end for end in ends if end is not None]
    return known[-1] if known else key_line


def _end_line(key: Any, value: Any, source: Source) -> int | None:
    """The line (from 0) on which an entry ends; None when the nodes do not tell."""
    line: int = key.start_mark.line
    if value.start_mark.index < key.start_mark.index:
        return line if "*" in source.line(line + 1) else None
    end = _end_of(value, source)
    return None if end is None else max(line, end)


def _end_of(node: Any, source: Source) -> int | None:
    if isinstance(node, yaml.ScalarNode):
        return None if node.style in ("|", ">") else int(node.end_mark.line)
    if node.flow_style or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    if isinstance(last, tuple):
        return _end_line(last[0], last[1], source)
    return _end_of(last, source) if last.start_mark.index >= node.start_mark.index else None


def _nested(path: Sequence[str], value: Value) -> Value:
    return {path[0]: _nested(path[1:], value)} if path else value


def _rendered(values: Mapping[str, Value], indent: int, step: int) -> Iterator[str]:
    margin = " " * indent
    for key, value in values.items():
        if isinstance(value, str):
            yield f"{margin}{key}: {value}"
        elif isinstance(value, Mapping):
            yield f"{margin}{key}:"
            yield from _rendered(value, indent + step, step)
        else:
            yield f"{margin}{key}:"
            yield from (f"{margin}{' ' * step}- {item}" for item in value)
