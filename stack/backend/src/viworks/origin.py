"""Which other origins a browser may call from: an allow-list, never the one that happens to ask."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from viworks.requests import forwarded

METHODS = "GET, POST, PATCH, DELETE"
REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-Id"
ANSWER_HEADERS = "ETag, Idempotency-Replayed, Location, Retry-After, X-Request-Id"
PREFLIGHT_SECONDS = "600"


class Origins:
    """The own origin, as the request's host names it, and those of CORS_ORIGINS."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = frozenset(allowed)

    def lists(self, origin: str) -> bool:
        """Whether CORS_ORIGINS has it."""
        return origin in self._allowed

    def permits(self, connection: HTTPConnection) -> bool:
        """Whether a request that a cookie or a WebSocket handshake came with was meant by one of our own pages.

        Browsers always say (OWASP, Cross-Site Request Forgery Prevention): Origin with everything but plain reading,
        Sec-Fetch-Site with all. What says neither is no browser and carries nobody's cookies along.
        """
        origin = connection.headers.get("origin")
        if origin is not None:
            return self.lists(origin) or origin == own(connection.scope)
        return connection.headers.get("sec-fetch-site", "none") in {"none", "same-origin"}


def own(scope: Scope) -> str:
    """The origin that the request was sent to, as the proxy saw it."""
    scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
    host = Headers(scope=scope).get("host", "")
    return f"{forwarded(scope, 'x-forwarded-proto') or scheme}://{forwarded(scope, 'x-forwarded-host') or host}"


class Cors:
    """ASGI middleware: the answers to browsers on allowed origins (Fetch standard). Others get no word of CORS."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = headers.get("origin", "")
        if not self._origins.lists(origin):
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await preflight(origin)(scope, receive, send)
        else:
            await self._app(scope, receive, shared(origin, send))


def preflight(origin: str) -> Response:
    """What an allowed origin may send."""
    headers = {
        **granted(origin),
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": REQUEST_HEADERS,
        "access-control-max-age": PREFLIGHT_SECONDS,
    }
    return Response(status_code=204, headers=headers)


def shared(origin: str, send: Send) -> Send:
    """Lets the page on an allowed origin read the answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(
                {
                    **granted(origin),
                    "access-control-expose-headers": ANSWER_HEADERS,
                    "cross-origin-resource-policy": "cross-origin",
                }
            )
        await send(message)

    return sending


def granted(origin: str) -> dict[str, str]:
    """The refresh cookie is for the own site alone (SameSite=Strict), but credentials must be allowed for it there."""
    return {"access-control-allow-origin": origin, "access-control-allow-credentials": "true", "vary": "Origin"}
