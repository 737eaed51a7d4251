"""From an operation to the request that asks it: as it is described, or with one value replaced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from msgspec import Struct

from flawless.probes.app._openapi import METHODS, Operation, Parameter, sample

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

Values = Mapping[tuple[str, str], Any]
_NOBODYS = 987_654_321
_NOTHING: dict[tuple[str, str], Any] = {}


class Request(Struct, frozen=True):
    """What is sent: the target is path and query, encoded."""

    method: str
    target: str
    body: bytes | None = None
    media: str = ""


def request_of(operation: Operation, values: Values = _NOTHING) -> Request:
    """A request with what is required, and with ``values`` (by place and name) in place of the made-up ones."""
    path = operation.route
    for each in operation.parameters:
        if each.place == "path":
            text = _text(values.get(("path", each.name), made_up(operation, each)))
            path = path.replace(f"{{{each.name}}}", quote(text.encode("utf-8", "surrogatepass"), safe="") or "%20")
    query = [
        (each.name, _text(values.get(("query", each.name), sample(each.schema))).encode("utf-8", "surrogatepass"))
        for each in operation.parameters
        if each.place == "query" and (each.required or ("query", each.name) in values)
    ]
    target = f"{path}?{urlencode(query)}" if query else path
    if operation.body is None:
        return Request(operation.method, target)
    return Request(operation.method, target, *_body(operation, values))


def made_up(operation: Operation, parameter: Parameter) -> Any:
    """A value for the path; a change is made to nothing that is likely to be there, least of all to our own account."""
    value = sample(parameter.schema)
    return (
        value
        if operation.safe or parameter.place != "path" or value != 1
        else parameter.schema.get("maximum", _NOBODYS)
    )


def _body(operation: Operation, values: Values) -> tuple[bytes, str]:
    whole = sample(operation.body or {})
    changed = {name: value for (place, name), value in values.items() if place == "body"}
    if changed:
        whole = {**(whole if isinstance(whole, dict) else {}), **changed}
    if operation.form:
        fields = {name: _text(value) for name, value in whole.items()} if isinstance(whole, dict) else {}
        return urlencode(fields, errors="surrogatepass").encode(), FORM_TYPE
    return json.dumps(whole).encode(), JSON_TYPE


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def places(operation: Operation) -> tuple[Parameter, ...]:
    """Everything of an operation that takes a value: parameters of path and query, and fields of the body."""
    return (*operation.parameters, *operation.fields)


def route_of(text: str, body: str = "") -> Operation:
    """The operation that a route of flawless.toml names; its query becomes parameters that have these values."""
    first, _, rest = text.partition(" ")
    method, target = (first, rest) if first.lower() in METHODS else ("GET", text)
    parts = urlsplit(target)
    parameters = tuple(
        Parameter(name, "query", {"type": "string", "example": value}, True)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    schema = {"type": "object", "example": json.loads(body)} if body else None
    return Operation(method=method, route=parts.path, parameters=parameters, body=schema)
