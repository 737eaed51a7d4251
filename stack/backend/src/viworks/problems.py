"""Every error leaves as problem+json (RFC 9457), and none of them repeats what was sent."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from viworks.model import FieldError, Problem
from viworks.stores import StoreError

MEDIA_TYPE = "application/problem+json"

log = structlog.get_logger()


class ProblemResponse(JSONResponse):
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
    title = HTTPStatus(status).phrase
    body = Problem(title=title, status=status, detail=detail, errors=errors, failing=failing)
    return ProblemResponse(body.model_dump(exclude_none=True), status, headers)


def not_ready(failing: list[str]) -> ProblemResponse:
    return problem(503, f"not answering: {', '.join(failing)}", failing=failing)


async def on_http(request: Request, error: HTTPException) -> ProblemResponse:
    return problem(error.status_code, str(error.detail), headers=error.headers)


async def on_invalid(request: Request, error: RequestValidationError) -> ProblemResponse:
    errors = [field_error(item) for item in error.errors()]
    return problem(422, "The request does not fit the API description.", errors=errors)


async def on_store_down(request: Request, error: StoreError) -> ProblemResponse:
    log.error("store does not answer", store=error.store, cause=repr(error.__cause__))
    return problem(503, "The deployments cannot be reached right now. Try again in a moment.")


async def on_bug(request: Request, error: Exception) -> ProblemResponse:
    return problem(500, "Something went wrong here. The log has the details.")


def field_error(item: Mapping[str, Any]) -> FieldError:
    return FieldError(field=path(item["loc"]), message=str(item["msg"]))


def path(location: Sequence[int | str]) -> str:
    return ".".join(str(part)[:64] for part in location)


def install(app: FastAPI) -> None:
    # Starlette types handlers by the base exception only.
    handlers: list[tuple[type[Exception], Any]] = [
        (HTTPException, on_http),
        (RequestValidationError, on_invalid),
        (StoreError, on_store_down),
        (Exception, on_bug),
    ]
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)
