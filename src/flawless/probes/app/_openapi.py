"""Reading an OpenAPI 3 document, or a Swagger 2 one: its operations with their parameters, and a value for each.

The document is foreign text: what cannot be read of it is left out, and nothing is raised.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

Json = Any

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_DEPTH = 8
_MOST = 400
_STRINGS = {
    "uuid": "00000000-0000-4000-8000-000000000001",
    "date": "2024-01-31",
    "date-time": "2024-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "flawless@example.org",
    "uri": "https://example.org/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}


class Parameter(Struct, frozen=True):
    """A parameter in the ``path``, the ``query``, or a field of the ``body``; ``schema`` has no references left."""

    name: str
    place: str
    schema: dict[str, Json]
    required: bool = False


class Operation(Struct, frozen=True, kw_only=True):
    """One operation; ``public`` where it says itself that nobody need log in. ``body`` is the schema of a JSON body.

    ``form``: the body is a form. ``route`` has the base path in front; ``described`` are the statuses it names.
    """

    method: str
    route: str
    parameters: tuple[Parameter, ...] = ()
    body: dict[str, Json] | None = None
    form: bool = False
    described: tuple[str, ...] = ()
    public: bool = False

    @property
    def name(self) -> str:
        """As people write it: ``GET /api/orders/{id}``."""
        return f"{self.method} {self.route}"

    @property
    def safe(self) -> bool:
        """Whether it only reads (RFC 9110, 9.2.1)."""
        return self.method in SAFE

    @property
    def filled(self) -> bool:
        """Whether its path needs made-up values."""
        return any(each.place == "path" for each in self.parameters)

    @property
    def fields(self) -> tuple[Parameter, ...]:
        """The fields of its body, as parameters."""
        schema = self.body or {}
        found = schema.get("properties")
        required = _list(schema.get("required"))
        if not isinstance(found, dict):
            return ()
        return tuple(
            Parameter(str(name), "body", each if isinstance(each, dict) else {}, name in required)
            for name, each in found.items()
        )


def operations(text: bytes, found_at: str = "") -> tuple[Operation, ...] | None:
    """The operations of a document; None when the text is none. ``found_at`` is its path."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        return None
    if "openapi" not in document and "swagger" not in document:
        return None
    reader = _Reader(document)
    base = _base(document, found_at)
    found: list[Operation] = []
    for path, item in document["paths"].items():
        found.extend(reader.of_path(str(path), item, base))
    return tuple(found[:_MOST])


def _base(document: dict[str, Json], found_at: str) -> str:
    """The path in front of all: the first server's, else the folder of the document where no path begins with it."""
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
    said = str(first.get("url") or document.get("basePath") or "")
    try:
        base = urlsplit(said).path.rstrip("/")
    except ValueError:
        base = ""
    folder = found_at.rpartition("/")[0]
    if not base and folder and not any(str(path).startswith(f"{folder}/") for path in document["paths"]):
        return folder
    return "" if "{" in base else base


class _Reader:
    """One document, its references followed."""

    def __init__(self, document: dict[str, Json]) -> None:
        self._document = document

    def of_path(self, path: str, item: Json, base: str) -> Iterator[Operation]:
        """The operations of one path."""
        item = self._resolved(item)
        if not path.startswith("/"):
            return
        for method in METHODS:
            if isinstance(item.get(method), dict):
                yield self._operation(method.upper(), base + path, item[method], item.get("parameters"))

    def _operation(self, method: str, route: str, raw: dict[str, Json], shared: Json) -> Operation:
        listed = [*_list(shared), *_list(raw.get("parameters"))]
        parameters = {(each.name, each.place): each for each in map(self._parameter, listed) if each}
        for name in _placeholders(route):
            parameters.setdefault((name, "path"), Parameter(name, "path", {"type": "string"}, True))
        body, form = self._body(raw, listed)
        responses = raw.get("responses")
        return Operation(
            method=method,
            route=route,
            parameters=tuple(each for each in parameters.values() if each.place in ("path", "query")),
            body=body,
            form=form,
            described=tuple(map(str, responses)) if isinstance(responses, dict) else (),
            public=raw.get("security") == [],
        )

    def _parameter(self, raw: Json) -> Parameter | None:
        raw = self._resolved(raw)
        name, place = str(raw.get("name") or ""), str(raw.get("in") or "")
        if not name:
            return None
        schema = self.whole(raw.get("schema") or raw)  # Swagger 2 has the type in the parameter itself
        if "example" in raw:
            schema = {**schema, "example": raw["example"]}
        return Parameter(name, place, schema, raw.get("required") is True or place == "path")

    def _body(self, raw: dict[str, Json], listed: list[Json]) -> tuple[dict[str, Json] | None, bool]:
        content = self._resolved(raw.get("requestBody")).get("content")
        if isinstance(content, dict):
            for media, each in content.items():
                form = "x-www-form-urlencoded" in str(media)
                if (form or "json" in str(media)) and isinstance(each, dict):
                    schema = self.whole(each.get("schema"))
                    return ({**schema, "example": each["example"]} if "example" in each else schema), form
        inside = next((each for each in map(self._resolved, listed) if each.get("in") == "body"), None)
        return (self.whole(inside.get("schema")), False) if inside else (None, False)

    def whole(self, raw: Json, depth: int = 0) -> dict[str, Json]:
        """A schema with its references in place, to a depth; of alternatives the first that is not null."""
        schema = self._resolved(raw)
        if depth > _DEPTH:
            return {}
        for word in ("allOf", "anyOf", "oneOf"):
            parts = [self.whole(each, depth + 1) for each in _list(schema.get(word))]
            parts = [each for each in parts if each.get("type") != "null"]
            if parts:
                schema = {**schema, **(_merged(parts) if word == "allOf" else parts[0])}
        schema = {name: value for name, value in schema.items() if name not in ("allOf", "anyOf", "oneOf")}
        if isinstance(schema.get("properties"), dict):
            schema["properties"] = {name: self.whole(each, depth + 1) for name, each in schema["properties"].items()}
        if isinstance(schema.get("items"), dict):
            schema["items"] = self.whole(schema["items"], depth + 1)
        if isinstance(schema.get("type"), list):
            schema["type"] = next((each for each in schema["type"] if each != "null"), "string")
        return schema

    def _resolved(self, raw: Json) -> dict[str, Json]:
        for _ in range(_DEPTH):
            if not isinstance(raw, dict) or not isinstance(raw.get("$ref"), str):
                break
            raw = self._at(raw["$ref"])
        return dict(raw) if isinstance(raw, dict) else {}

    def _at(self, reference: str) -> Json:
        place: Json = self._document if reference.startswith("#/") else {}
        for word in reference.removeprefix("#/").split("/"):
            key = word.replace("~1", "/").replace("~0", "~")
            place = place.get(key) if isinstance(place, dict) else None
        return place


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _merged(parts: list[dict[str, Json]]) -> dict[str, Json]:
    merged: dict[str, Json] = {}
    for part in parts:
        properties = {**(merged.get("properties") or {}), **(part.get("properties") or {})}
        required = [*_list(merged.get("required")), *_list(part.get("required"))]
        merged = {**merged, **part, "properties": properties, "required": required}
    return merged


def _placeholders(route: str) -> list[str]:
    return [word.partition("}")[0] for word in route.split("{")[1:]]


def sample(schema: dict[str, Json], depth: int = 0) -> Json:
    """A value that fits the schema, as far as it says what fits."""
    for word in ("example", "default", "const"):
        if schema.get(word) is not None:
            return schema[word]
    for word in ("examples", "enum"):
        if _list(schema.get(word)):
            return schema[word][0]
    kind = schema.get("type") or ("object" if isinstance(schema.get("properties"), dict) else "string")
    if kind == "object":
        return {} if depth > _DEPTH else _object(schema, depth)
    if kind == "array":
        least = schema.get("minItems")
        inside = schema.get("items")
        return [sample(inside, depth + 1)] if least and isinstance(inside, dict) and depth < _DEPTH else []
    return _scalar(kind, schema)


def _object(schema: dict[str, Json], depth: int) -> dict[str, Json]:
    required = _list(schema.get("required"))
    found = schema.get("properties")
    properties = found if isinstance(found, dict) else {}
    return {
        name: sample(each, depth + 1)
        for name, each in properties.items()
        if isinstance(each, dict) and (name in required or not required)
    }


def _scalar(kind: Json, schema: dict[str, Json]) -> Json:
    if kind in ("integer", "number"):
        least = schema.get("minimum", schema.get("exclusiveMinimum"))
        return least + (1 if "minimum" not in schema else 0) if isinstance(least, (int, float)) else 1
    if kind == "boolean":
        return True
    text = _STRINGS.get(str(schema.get("format")), "flawless")
    least, most = schema.get("minLength"), schema.get("maxLength")
    if isinstance(least, int) and len(text) < least:
        text = (text * (least // len(text) + 1))[: max(least, 1)] if least < 10_000 else text
    return text[:most] if isinstance(most, int) and most > 0 else text
