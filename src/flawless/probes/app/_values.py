"""Values that do not fit a schema: wrong types, sizes and encodings; bounded, and the same each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from flawless.probes.app._openapi import Operation, Parameter
from flawless.probes.app._requests import FORM_TYPE, JSON_TYPE, Request, request_of

_DEEP = 20_000
_LONG = 100_000
_LONG_IN_ADDRESS = 3_000


class Wrong(Struct, frozen=True):
    """A request with something wrong in it; ``must_refuse`` where no reading of the description lets it pass."""

    place: str
    kind: str
    request: Request
    must_refuse: bool = False


def wrong_values(operation: Operation) -> Iterator[Wrong]:
    """Every misuse of one operation."""
    for each in operation.parameters:
        for kind, value, must in _of_address(each):
            yield Wrong(
                f"{each.place} {each.name}", kind, request_of(operation, {(each.place, each.name): value}), must
            )
    for each in operation.fields if not operation.form else ():
        for kind, value, must in _of_field(each):
            yield Wrong(f"field {each.name}", kind, request_of(operation, {("body", each.name): value}), must)
    if operation.body is not None and not operation.form:
        yield from _of_body(operation)


def _of_address(parameter: Parameter) -> Iterator[tuple[str, Any, bool]]:
    """Wrong values for what stands in path or query, where everything is text."""
    kind, enum = parameter.schema.get("type"), isinstance(parameter.schema.get("enum"), list)
    typed = kind in ("integer", "number", "boolean") or parameter.schema.get("format") in ("uuid", "date", "date-time")
    yield "a word", "flawless-no-such-value", (typed or enum) and parameter.place == "query"
    yield "a NUL byte", "a\x00b", False
    yield "bytes that are no text", "\udcff\udcfe", False
    yield "a very long text", "9" * _LONG_IN_ADDRESS, False
    yield "a negative number", "-1", False
    if kind in ("integer", "number"):
        yield "a number beyond 64 bits", "99999999999999999999", False
        yield "no number", "NaN", False


def _of_field(parameter: Parameter) -> Iterator[tuple[str, Any, bool]]:
    kind = parameter.schema.get("type")
    plain = kind in ("string", "integer", "number", "boolean")
    yield "an object", {"flawless": [1]}, plain or kind == "array"
    yield "a list", [["flawless"]], plain
    yield "null", None, False
    yield "a very long text", "A" * _LONG, kind in ("integer", "number", "boolean", "array", "object")
    if kind == "string":
        yield "a NUL byte", "a\x00b", False
        yield "half a surrogate pair", "\ud800", False
        yield "an empty text", "", False
    if kind in ("integer", "number"):
        yield "a number beyond 64 bits", 10**30, False
        yield "a negative number", -(2**63) - 1, False


def _of_body(operation: Operation) -> Iterator[Wrong]:
    """Bodies that are no such body at all."""
    whole = request_of(operation)
    required = any(each.required for each in operation.fields)
    bodies: tuple[tuple[str, bytes, str, bool], ...] = (
        ("no JSON", b'{"flawless": ', JSON_TYPE, True),
        ("an empty body", b"", JSON_TYPE, required),
        ("a list for an object", b"[1]", JSON_TYPE, required),
        ("JSON nested deeply", b"[" * _DEEP + b"]" * _DEEP, JSON_TYPE, required),
        ("bytes that are no text", b'{"a": "\xff\xfe"}', JSON_TYPE, True),
        ("another type", b"flawless=1", FORM_TYPE, required),
        ("not a number", json.dumps({each.name: float("nan") for each in operation.fields}).encode(), JSON_TYPE, False),
    )
    for kind, body, media, must in bodies:
        yield Wrong("the body", kind, Request(operation.method, whole.target, body, media), must)
