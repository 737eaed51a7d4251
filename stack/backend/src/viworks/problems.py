"""Every error leaves as problem+json (RFC 9457), and none of them repeats what was sent."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from viworks.stores import StoreError

MEDIA_TYPE = "application/problem+json"
SHOWN_ERRORS = 20  # the answer stays small whatever was sent

DETAILS = {
    400: "The body is no JSON text.",
    401: "Send an access token that is valid: Authorization: Bearer TOKEN.",
    403: "Your role does not allow this.",
    404: "There is no such thing here.",
    405: "This path does not know the method.",
    409: "What is there now does not allow this.",
    412: "It has been changed since you read it.",
    413: "A request body may have 65536 bytes at most.",
    415: "Send the body as application/json.",
    422: "The request does not fit the API description.",
    428: "Send If-Match with the ETag you read.",
    429: "Too many requests. Try again after the time in Retry-After.",
    500: "Something went wrong here. The log has the details.",
    503: "A store cannot be reached right now. Try again in a moment.",
}

HEADERS = {
    "Retry-After": {
        "description": "Seconds to wait",
        "schema": {"type": "integer", "minimum": 1},
        "required": True,
        "example": 30,
    },
    "WWW-Authenticate": {
        "description": "How to authenticate",
        "schema": {"type": "string"},
        "required": True,
        "example": "Bearer",
    },
}
NEEDED: dict[int, tuple[str, ...]] = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}

log = structlog.get_logger()


class FieldError(BaseModel):
    """One thing in the request that does not fit."""

    model_config = ConfigDict(extra="forbid")

    field: Annotated[str, Field(description="Where it is, as body.name", examples=["body.service"])]
    message: Annotated[str, Field(description="What is wrong with it", examples=["Field required"])]


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    model_config = ConfigDict(extra="forbid")

    type: Annotated[str, Field(description="about:blank: the status says it all")] = "about:blank"
    title: Annotated[str, Field(description="The status in words")]
    status: Annotated[int, Field(ge=400, le=599, description="The HTTP status")]
    detail: Annotated[str, Field(description="What happened, for a person to read")]
    errors: Annotated[list[FieldError] | None, Field(description="With 422: each field that does not fit")] = None
    failing: Annotated[list[str] | None, Field(description="With a readiness of 503: what does not answer")] = None


class ProblemResponse(JSONResponse):
    """An answer with the media type of a problem."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        # Pure ASCII: a lone surrogate out of a request could not be encoded otherwise.
        return json.dumps(content, ensure_ascii=True).encode("ascii")


def problem(
    status: int,
    detail: str | None = None,
    *,
    errors: list[FieldError] | None = None,
    failing: list[str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """The answer for a status; without words of its own it gets the usual ones of DETAILS."""
    title = HTTPStatus(status).phrase
    words = detail or DETAILS.get(status, title)
    body = Problem(title=title, status=status, detail=words, errors=errors, failing=failing)
    return ProblemResponse(body.model_dump(exclude_none=True), status, headers)


def refused(field: str, message: str) -> RequestValidationError:
    """To raise where only the program can tell that a field does not fit: 422 that names it, as body.name."""
    return RequestValidationError([{"loc": tuple(field.split(".")), "msg": message, "type": "value_error"}])


def not_ready(failing: list[str]) -> ProblemResponse:
    """503 that names what does not answer."""
    return problem(503, f"Not answering: {', '.join(failing)}.", failing=failing, headers={"retry-after": "1"})


async def on_http(request: Request, error: HTTPException) -> ProblemResponse:
    """For `HTTPException(status, detail, headers)`. What Starlette raises itself has only the phrase as its detail."""
    told = str(error.detail or "")
    detail = None if told == HTTPStatus(error.status_code).phrase else told
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers |= allowed_methods(request)
    return problem(error.status_code, detail, headers=headers)


def allowed_methods(request: Request) -> dict[str, str]:
    """All methods of the path: Starlette knows those of its first route alone."""
    described = request.app.openapi()["paths"].get(getattr(request.scope.get("route"), "path", ""), {})
    return {"Allow": ", ".join(sorted(method.upper() for method in described))} if described else {}


async def on_invalid(request: Request, error: RequestValidationError) -> ProblemResponse:
    """422, or 400 for a body that is no JSON at all."""
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem(400)
    return problem(422, errors=[field_error(item) for item in found[:SHOWN_ERRORS]])


async def on_store_down(request: Request, error: StoreError) -> ProblemResponse:
    """503: which store it is stays in the log."""
    log.error("store does not answer", store=error.store, cause=type(error.__cause__).__name__)
    return problem(503, headers={"retry-after": "1"})


def field_error(item: Mapping[str, Any]) -> FieldError:
    """Where and what; never the value."""
    return FieldError(field=path(item["loc"]), message=str(item["msg"]))


def path(location: Sequence[int | str]) -> str:
    """body.name, each part cut to 64 characters: a name may come from the request."""
    return ".".join(str(part)[:64] for part in location)


def install(app: FastAPI) -> None:
    """Makes the application answer every error with a problem."""
    # Starlette types handlers by the base exception only.
    handlers: list[tuple[type[Exception], Any]] = [
        (HTTPException, on_http),
        (RequestValidationError, on_invalid),
        (StoreError, on_store_down),
    ]
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: each of these statuses with its media type, schema, example and headers."""
    return {status: described(status) for status in sorted({*statuses, 500})}


def described(status: int) -> dict[str, Any]:
    """One error response as OpenAPI describes it. The component Problem is added by `openapi.py`."""
    example = json.loads(bytes(problem(status).body))
    if status == 422:
        example["errors"] = [{"field": "body.name", "message": "Field required"}]
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    headers = {name: HEADERS[name] for name in NEEDED.get(status, ())}
    return {"description": HTTPStatus(status).phrase, "content": content, "headers": headers}
