"""What every request must be, whatever its route: small, JSON in the body, and no unknown query parameters."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from viworks import problems

LARGEST_BODY = 64 * 1024
JSON = "application/json"


class Bodies:
    """ASGI middleware: a body over LARGEST_BODY gets 413, and one that calls itself anything but JSON 415.

    The latter also keeps forms of other sites out: only other types can be sent across origins without a preflight.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not has_body(scope):
            await self._app(scope, receive, send)
        elif told_length(scope) > LARGEST_BODY:
            await problems.problem(413)(scope, receive, send)
        elif media_type(scope) != JSON:
            await problems.problem(415)(scope, receive, send)
        else:
            await self._app(scope, limited(receive), send)


def limited(receive: Receive) -> Receive:
    """Counts what really comes: a body in chunks tells no length. Raises HTTPException 413."""
    received = 0

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > LARGEST_BODY:
            raise HTTPException(413)
        return message

    return counting


def has_body(scope: Scope) -> bool:
    """As RFC 9112, section 6.3 tells it."""
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def told_length(scope: Scope) -> int:
    """Content-Length; 0 when there is none. The server has seen to it that it is a number."""
    text = Headers(scope=scope).get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def media_type(scope: Scope) -> str:
    """The type in Content-Type without parameters, in small letters; empty when there is none."""
    return Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()


async def known_query(request: HTTPConnection) -> None:
    """A dependency of every route: a query parameter that is not described, or that comes twice, gets 422."""
    described = request.app.openapi()["paths"].get(request.scope["route"].path, {})
    operation = described.get(str(request.scope.get("method")).lower())
    if operation is None:  # a WebSocket is not described
        return
    known = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in known:
            raise problems.refused(f"query.{name}", "There is no such parameter")
        if given.count(name) > 1:
            raise problems.refused(f"query.{name}", "May be given once only")
