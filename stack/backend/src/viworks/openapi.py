"""The description of the API (OpenAPI 3.1): what FastAPI knows, and what holds for every operation."""

from typing import Any

from fastapi.routing import APIRoute

from viworks import problems

TITLE = "viworks"
DESCRIPTION = """\
Records deployments of services: who brought which revision where, and how it went.

Log in with `POST /api/auth/login` and send the access token as `Authorization: Bearer TOKEN`. It lasts ten minutes;
`POST /api/auth/refresh` gives the next one for the cookie that the login set. Roles: a *viewer* reads, an *operator*
also creates deployments and moves the own ones, an *admin* does everything.

Every error is `application/problem+json` (RFC 9457). Unknown query parameters and unknown fields are refused. Every
answer names its request in `X-Request-Id`; the same id is in the log and in the audit log.

`/api/events` is a WebSocket: send `{"token": ACCESS_TOKEN}` within five seconds, and each change of a deployment comes
as `{"type": "deployment", "deployment": {...}}`.
"""
TAGS = [
    {"name": "accounts", "description": "Log in and out, the own sessions and password"},
    {"name": "users", "description": "The accounts, for admins"},
    {"name": "deployments", "description": "What was deployed where"},
    {"name": "audit", "description": "Who did what, for admins"},
    {"name": "state", "description": "Is it alive, and which revision is it?"},
]
REQUEST_ID = {
    "description": "The id of this request in the logs: the one sent, when it looks like one, else a new one",
    "schema": {"type": "string", "pattern": "^[0-9A-Za-z-]{8,64}$"},
    "required": True,
    "example": "4f9c2d1e8a7b4c6d9e0f1a2b3c4d5e6f",
}
OF_FASTAPI = ("HTTPValidationError", "ValidationError")
WITH_BODY = (400, 413, 415, 422)
OF_THE_API = (422, 429, 503)


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """The document with the errors that any operation can end in, and the header that every answer has."""
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in OF_FASTAPI:
        schemas.pop(name, None)
    schemas |= problem_schemas()
    schema["components"] |= {"responses": {}, "headers": {"X-Request-Id": REQUEST_ID}}
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            complete_operation(path, operation)
            share_errors(operation["responses"], schema["components"]["responses"])
    return schema


def operation_id(route: APIRoute) -> str:
    """As accounts_login: what generated clients name their functions after."""
    return f"{route.tags[0]}_{route.name}"


def problem_schemas() -> dict[str, Any]:
    """The components that every error refers to."""
    whole = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    # The program leaves out what is empty: neither list is ever null.
    for name in ("errors", "failing"):
        described = whole["properties"][name]
        whole["properties"][name] = described.pop("anyOf")[0] | {"description": described["description"]}
    return {**whole.pop("$defs"), "Problem": whole}


def complete_operation(path: str, operation: dict[str, Any]) -> None:
    """Fills in what need not be written down at each route."""
    for parameter in operation.get("parameters", []):
        complete_parameter(parameter, operation)
    statuses = {422, 500}
    if "requestBody" in operation:
        statuses.update(WITH_BODY)
    if path.startswith("/api/"):
        statuses.update(OF_THE_API)
    responses = operation["responses"]
    if "application/json" in responses.get("422", {}).get("content", {}):
        del responses["422"]
    for status in statuses:
        responses.setdefault(str(status), problems.described(status))
    for response in responses.values():
        response.setdefault("headers", {})["X-Request-Id"] = {"$ref": "#/components/headers/X-Request-Id"}
    operation["responses"] = dict(sorted(responses.items()))


def complete_parameter(parameter: dict[str, Any], operation: dict[str, Any]) -> None:
    """A parameter that may be left out is not null when it is there; the one that 428 asks for may not be left out."""
    schema = parameter["schema"]
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del schema["anyOf"]
        schema |= kinds[0]
    if parameter["name"] == "If-Match" and "428" in operation["responses"]:
        parameter["required"] = True


def share_errors(responses: dict[str, Any], shared: dict[str, Any]) -> None:
    """Replaces the errors that are the same everywhere by references: the document is a sixth as long."""
    for status, response in responses.items():
        name = response["description"].replace(" ", "")
        if status >= "400" and shared.setdefault(name, response) == response:
            responses[status] = {"$ref": f"#/components/responses/{name}"}
