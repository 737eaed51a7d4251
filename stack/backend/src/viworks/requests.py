"""What happens around every request: an id for the logs, one log line, no caching."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
QUIET = ("/health", "/health/ready")  # probes come every two seconds

log = structlog.get_logger()


class Requests:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with structlog.contextvars.bound_contextvars(request_id=request_id(scope)):
            await self._observed(scope, receive, send)

    async def _observed(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["cache-control"] = "no-store"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            report(scope, status, time.perf_counter() - began)


def request_id(scope: Scope) -> str:
    """The proxy's, if it looks like one: nothing else gets into a log line."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if SAFE_ID.fullmatch(given) else uuid4().hex


def report(scope: Scope, status: int, seconds: float) -> None:
    write = log.debug if scope["path"] in QUIET else log.info
    milliseconds = round(seconds * 1000, 1)
    write("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)
