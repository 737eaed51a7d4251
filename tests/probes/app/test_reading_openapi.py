"""Foreign OpenAPI documents are read without complaint, and values are made up that fit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flawless.probes.app._openapi import Operation, Parameter, operations, sample
from flawless.probes.app._requests import FORM_TYPE, request_of, route_of
from flawless.probes.app._values import wrong_values

TEXT = st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | st.just("#/components/schemas/A"),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(
        ["$ref", "type", "properties", "items", "allOf", "anyOf", "required", "enum", "minLength", "schema", "name",
         "in", "content", "application/json", "requestBody", "parameters", "responses", "security", "A", "example"]
    ), inside, max_size=4),
    max_leaves=20,
)  # fmt: skip


def read(document: dict[str, Any], at: str = "/openapi.json") -> tuple[Operation, ...]:
    found = operations(json.dumps({"openapi": "3.0.0", **document}).encode(), at)
    assert found is not None
    return found


@settings(max_examples=150, deadline=None)
@given(JSON, JSON, JSON)
def test_no_document_is_too_strange(item: Any, schemas: Any, servers: Any) -> None:
    document = {"paths": {"/a/{b}": {"get": item, "post": item}, "c": item, "/d": item}}
    document |= {"components": {"schemas": {"A": schemas}}, "servers": servers}
    for operation in read(document):
        request_of(operation)
        for wrong in wrong_values(operation):
            assert wrong.request.target


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_text_is_too_strange(text: bytes) -> None:
    operations(text)


@pytest.mark.parametrize("text", [b"<html>", b"[]", b"{}", b'{"paths": {}}', b"[" * 100_000])
def test_what_is_no_document_is_none(text: bytes) -> None:
    assert operations(text) is None


@pytest.mark.parametrize(
    ("document", "at", "route"),
    [
        ({}, "/openapi.json", "/orders"),
        ({"servers": [{"url": "https://example.org/v1/"}]}, "/openapi.json", "/v1/orders"),
        ({"basePath": "/v2"}, "/swagger.json", "/v2/orders"),
        ({}, "/api/openapi.json", "/api/orders"),
        ({"servers": [{"url": "https://{host}/{stage}"}]}, "/openapi.json", "/orders"),
    ],
)
def test_the_base_is_the_servers_or_where_the_document_lies(document: dict[str, Any], at: str, route: str) -> None:
    (found,) = read({**document, "paths": {"/orders": {"get": {}}}}, at)
    assert found.route == route


def test_references_and_alternatives_are_followed() -> None:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
    parts = [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"properties": {"b": {"anyOf": [
        {"type": "null"}, {"type": "integer", "minimum": 5}]}}, "required": ["b"]}]  # fmt: skip
    schemas = {"Order": {"type": "object", "allOf": parts}}
    (found,) = read({"paths": {"/x": {"post": {"requestBody": body}}}, "components": {"schemas": schemas}})
    assert request_of(found).body == b'{"a": "flawless", "b": 5}'


def test_a_schema_in_itself_ends() -> None:
    schemas = {"Tree": {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Tree"}}}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}}
    (found,) = read({"paths": {"/x": {"post": {"requestBody": body}}}, "components": {"schemas": schemas}})
    assert request_of(found).body


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "format": "uuid"}, "00000000-0000-4000-8000-000000000001"),
        ({"type": "string", "minLength": 12}, "flawlessflaw"),
        ({"type": "string", "maxLength": 3}, "fla"),
        ({"type": "integer", "exclusiveMinimum": 4}, 5),
        ({"enum": ["b", "a"]}, "b"),
        ({"type": "boolean"}, True),
        ({"type": "array", "minItems": 1, "items": {"type": "number"}}, [1]),
        ({"example": {"x": 1}}, {"x": 1}),
        ({}, "flawless"),
    ],
)
def test_a_value_fits_its_schema(schema: dict[str, Any], value: Any) -> None:
    assert sample(schema) == value


def test_values_are_encoded_where_they_stand() -> None:
    text = {"type": "string"}
    operation = Operation(
        method="GET", route="/a/{id}", parameters=(Parameter("id", "path", text), Parameter("q", "query", text))
    )
    sent = request_of(operation, {("path", "id"): "../x?y", ("query", "q"): "a b&c\udcff"})
    assert sent.target == "/a/..%2Fx%3Fy?q=a+b%26c%ED%B3%BF"


def test_a_change_is_made_to_nothing_that_is_likely_to_be_there() -> None:
    number = (Parameter("id", "path", {"type": "integer"}),)
    assert request_of(Operation(method="GET", route="/a/{id}", parameters=number)).target == "/a/1"
    assert request_of(Operation(method="DELETE", route="/a/{id}", parameters=number)).target == "/a/987654321"


def test_a_form_is_sent_as_a_form() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    sent = request_of(Operation(method="POST", route="/f", body=schema, form=True))
    assert (sent.body, sent.media) == (b"a=flawless", FORM_TYPE)


def test_a_route_of_the_settings_is_an_operation() -> None:
    found = route_of("POST /a/b?c=d", '{"e": 1}')
    assert (found.name, request_of(found).target, request_of(found).body) == ("POST /a/b", "/a/b?c=d", b'{"e": 1}')
    assert route_of("/plain").name == "GET /plain"


def test_what_must_be_refused_really_cannot_fit() -> None:
    text, number = Parameter("a", "query", {"type": "string"}), Parameter("n", "query", {"type": "integer"})
    operation = Operation(method="GET", route="/", parameters=(text, number))
    assert {wrong.place for wrong in wrong_values(operation) if wrong.must_refuse} == {"query n"}
