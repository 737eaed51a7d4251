"""What surrounds every request: an id, the client's address, one log line, security headers, a limit for bodies."""

import asyncio
import ipaddress
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from viworks import problems

SAFE_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
QUIET = ("/health", "/health/ready", "/metrics")  # probes come every two seconds
NOWHERE = "0.0.0.0"  # noqa: S104 (a value for the log, nothing is bound to it)

# OWASP Secure Headers Project, the set for an API: nothing here is a page, so nothing may be loaded, framed or kept.
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
HSTS = "max-age=31536000; includeSubDomains"

log = structlog.get_logger()
_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_client_address: ContextVar[str] = ContextVar("client_address", default=NOWHERE)


def request_id() -> str:
    """The id of the request in hand; "-" outside of one."""
    return _request_id.get()


def client_address() -> str:
    """The IP address the request in hand came from; 0.0.0.0 outside of one."""
    return _client_address.get()


class Requests:
    """ASGI middleware, the outermost: whatever happens inside is given an id, logged and answered with the headers."""

    def __init__(self, app: ASGIApp, draining: asyncio.Event) -> None:
        self._app = app
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        with remembered(identifier(scope), address(scope)):
            if scope["type"] == "http":
                await self._observed(scope, receive, send)
            else:
                await self._app(scope, receive, send)

    async def _observed(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                dress(scope, message)
                if self._draining.is_set():
                    MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            log.exception("a request failed", method=scope["method"], path=scope["path"])
            if status:
                raise  # the answer has begun: the server can only cut it off
            await problems.problem(500)(scope, receive, noted)
        finally:
            report(scope, status or 500, time.perf_counter() - began)


@contextmanager
def remembered(identity: str, client: str) -> Iterator[None]:
    """Makes id and address known to everything that runs inside."""
    tokens = _request_id.set(identity), _client_address.set(client)
    try:
        with structlog.contextvars.bound_contextvars(request_id=identity):
            yield
    finally:
        _request_id.reset(tokens[0])
        _client_address.reset(tokens[1])


def dress(scope: Scope, message: Message) -> None:
    """The headers that every answer has. What a route set itself stays."""
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers["x-request-id"] = request_id()
    if forwarded(scope, "x-forwarded-proto") == "https":
        headers.setdefault("strict-transport-security", HSTS)


def identifier(scope: Scope) -> str:
    """The proxy's id, if it looks like one: nothing else gets into a log line."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if SAFE_ID.fullmatch(given) else uuid4().hex


def address(scope: Scope) -> str:
    """The client's address: X-Forwarded-For when a private peer, the proxy, says so, else the peer's own."""
    told = forwarded(scope, "x-forwarded-for")
    try:
        return str(ipaddress.ip_address(told or peer(scope)))
    except ValueError:
        return peer(scope)


def forwarded(scope: Scope, name: str) -> str | None:
    """One value of a forwarding header. Only a private peer is believed, and only when the header comes once."""
    values = Headers(scope=scope).getlist(name)
    sender = peer(scope)
    believed = sender != NOWHERE and ipaddress.ip_address(sender).is_private
    return values[0].strip() if believed and len(values) == 1 else None


def peer(scope: Scope) -> str:
    """The address at the other end of the connection; 0.0.0.0 when it has none, as in tests."""
    host = (scope.get("client") or (NOWHERE, 0))[0]
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return NOWHERE


def report(scope: Scope, status: int, seconds: float) -> None:
    """One line a request: the path without its query, no header, no body."""
    write = log.debug if scope["path"] in QUIET else log.info
    milliseconds = round(seconds * 1000, 1)
    write(
        "request",
        method=scope["method"],
        path=scope["path"],
        status=status,
        ms=milliseconds,
        client=client_address(),
    )
