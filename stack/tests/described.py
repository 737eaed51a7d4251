"""Requests made from the site's own description, so that no parameter can be forgotten."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request: everything ``Site.request`` takes, and the place in it that holds what is tried."""

    method: str
    template: str
    path: dict[str, str]
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    place: tuple[str, str] = ("", "")

    @property
    def name(self) -> str:
        """For people: which parameter of which operation."""
        where, parameter = self.place
        return f"{self.method} {self.template} {where} {parameter}"

    def filled(self, value: str, known: dict[str, str]) -> Request:
        """The same request with a value at its place; ``known`` are ids that exist, by template."""
        made = deepcopy(self)
        if "id" in made.path and self.template in known:
            made.path["id"] = known[self.template]
        where, parameter = self.place
        target = {"path": made.path, "query": made.query, "header": made.headers, "body": made.body}[where]
        target[parameter] = value
        return made


def operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    """(method, path template, operation) of all there are under /api/."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path.startswith("/api/"):
                yield method.upper(), path, operation


def every_parameter(document: Schema) -> Iterator[Request]:
    """A valid request for each parameter of each operation, to be filled at its place."""
    for method, template, operation in operations(document):
        base = _valid(document, method, template, operation)
        for parameter in operation.get("parameters", ()):
            if parameter["in"] in ("path", "query", "header"):
                yield _at(base, parameter["in"], parameter["name"])
        if isinstance(base.body, dict):
            for name in _properties(document, _body(document, operation)):
                yield _at(base, "body", name)


def _at(base: Request, where: str, name: str) -> Request:
    return Request(
        base.method, base.template, base.path, base.query, base.headers, deepcopy(base.body), place=(where, name)
    )


def _valid(document: Schema, method: str, template: str, operation: Schema) -> Request:
    values: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    for parameter in operation.get("parameters", ()):
        if parameter.get("required"):
            values[parameter["in"]][parameter["name"]] = str(_value(document, parameter["schema"], parameter))
    schema = _body(document, operation)
    body = None
    if schema:
        properties = _properties(document, schema)
        required = _resolved(document, schema).get("required", ())
        body = {name: _value(document, properties[name], {}) for name in required}
    return Request(method, template, values["path"], values["query"], values["header"], body)


def _resolved(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _body(document: Schema, operation: Schema) -> Schema:
    content = operation.get("requestBody", {}).get("content", {})
    return _resolved(document, content.get("application/json", {}).get("schema", {}))


def _properties(document: Schema, schema: Schema) -> Schema:
    found: Schema = _resolved(document, schema).get("properties", {})
    return found


def _value(document: Schema, schema: Schema, parameter: Schema) -> Any:
    """Something the schema allows: an example where there is one."""
    schema = _resolved(document, schema)
    if examples := schema.get("examples") or [example["value"] for example in parameter.get("examples", {}).values()]:
        return examples[0]
    for key in ("enum", "anyOf", "oneOf", "allOf"):
        if options := schema.get(key):
            return options[0] if key == "enum" else _value(document, options[0], {})
    if "example" in parameter:
        return parameter["example"]
    if schema.get("format") == "uuid":
        return "00000000-0000-4000-8000-000000000000"
    fixed = {"integer": 1, "number": 1, "boolean": False, "array": [], "object": {}}
    return fixed.get(schema.get("type", ""), f"a{secrets.token_hex(10)}")
