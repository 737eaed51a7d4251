"""A request that is in flight when its service is asked to stop: half of it is sent before, the rest after.

It is held first while nothing stops: a server that answers half a body, or never answers the whole, shows nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from http.client import HTTPException, HTTPResponse
from typing import Any

from msgspec import Struct

from flawless.app.rehearsing.copy import Copy, network_of
from flawless.errors import FlawlessError
from flawless.model.observed_copy import InFlight
from flawless.model.stack import Service
from flawless.ports.bundle import Target
from flawless.probes.app._login import login_operation, login_request
from flawless.probes.app._openapi import Operation
from flawless.probes.app._requests import Request, request_of, route_of
from flawless.probes.app._visit import application, visit
from flawless.probes.live._services import relay_of
from flawless.probes.live.inside import port_of

_LOOKS = 12
_MOST_TRIED = 4
_EARLY = 0.5
_AFTER = 1.0
_PATIENCE = 15.0
_LEAST_GRACE = 3.0
_USER = "flawless-in-flight"


class Candidate(Struct, frozen=True):
    """A request that may be one whose answer waits for its end."""

    name: str
    request: Request


async def candidates(target: Target) -> tuple[Candidate, ...]:
    """What could be held: as flawless.toml says, else a login and whatever else reads a body."""
    if said := target.settings.rehearsal.in_flight:
        operation = route_of(said)
        if operation.safe:
            return (Candidate(operation.name, request_of(operation)),)
        return (Candidate(operation.name, request_of(route_of(said, "{}"))),)
    try:
        async with visit(target, most=_LOOKS) as now:
            known = (await application(target, now)).operations
    except FlawlessError:
        return ()
    login = login_operation(target, known)
    first = [Candidate(login.name, login_request(target, login, _USER, _USER))] if login else []
    others = [Candidate(each.name, request_of(each)) for each in known if _reads_a_body(each) and each != login]
    return (*first, *others)[:_MOST_TRIED]


def _reads_a_body(operation: Operation) -> bool:
    return operation.method in ("POST", "PUT", "PATCH") and operation.body is not None


class Held:
    """A request of which half is sent."""

    def __init__(self, name: str, rest: bytes, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self.name = name
        self._rest = rest
        self._reader, self._writer = streams

    async def early(self) -> bool:
        """Whether an answer, or the end of the connection, comes before the rest is sent."""
        with contextlib.suppress(TimeoutError, OSError):
            await asyncio.wait_for(self._reader.read(1), _EARLY)
            return True
        return False

    async def answered(self) -> int:
        """Send the rest; the status of the whole answer, 0 where none comes."""
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(_PATIENCE):
                self._writer.write(self._rest)
                await self._writer.drain()
                return status_of(await self._reader.read())
        return 0


def status_of(answer: bytes) -> int:
    """The status of an answer that is whole (RFC 9112, section 6.3); 0 for a part of one, and for none."""
    try:
        response = HTTPResponse(_Received(answer))  # type: ignore[arg-type]
        response.begin()
        response.read()
    except (HTTPException, OSError, ValueError):
        return 0
    return response.status


class _Received:
    """Bytes in the form in which HTTPResponse takes a socket."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, *_: Any, **__: Any) -> io.BytesIO:
        return io.BytesIO(self._content)


@asynccontextmanager
async def in_flight(
    copy: Copy, service: Service, among: Iterable[Candidate], grace: float
) -> AsyncIterator[Held | None]:
    """Hold the first of these requests that can be held; None where none can, or the grace is too short for it."""
    async with AsyncExitStack() as kept:
        held = None
        with contextlib.suppress(FlawlessError, OSError):  # who cannot be reached is asked to stop all the same
            found = await _holdable(copy, service, among) if grace >= _LEAST_GRACE else None
            held = await kept.enter_async_context(_held(copy, service, found)) if found else None
            held = None if held is None or await held.early() else held
        yield held


async def _holdable(copy: Copy, service: Service, among: Iterable[Candidate]) -> Candidate | None:
    """The first that is not answered before its end, and is after it."""
    for candidate in among:
        async with _held(copy, service, candidate) as held:
            if held and not await held.early() and await held.answered():
                return candidate
    return None


@asynccontextmanager
async def _held(copy: Copy, service: Service, candidate: Candidate) -> AsyncIterator[Held | None]:
    """Half of a request to the service itself, on its way; None where it cannot be reached."""
    port, network = await port_of(copy.target, service), network_of(copy.target.stack, service)
    first, rest = _halves(candidate.request, f"{service.name}:{port}")
    async with relay_of(copy.target).tunnel(network, service.name, port) as tunnel:
        if tunnel.dialled.state != "open":
            yield None
            return
        reader, writer = await asyncio.open_connection("127.0.0.1", tunnel.port)
        try:
            writer.write(first)
            await writer.drain()
            yield Held(candidate.name, rest, (reader, writer))
        finally:
            writer.close()


def _halves(request: Request, host: str) -> tuple[bytes, bytes]:
    """The head with half of the body, and the rest; all of a request without a body is in the first."""
    body = request.body or b""
    lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {host}", "Accept: */*", "Connection: close"]
    if request.body is not None:
        lines += [f"Content-Type: {request.media}", f"Content-Length: {len(body)}"]
    middle = len(body) // 2
    return "\r\n".join((*lines, "", "")).encode() + body[:middle], body[middle:]


async def told(copy: Copy, held: Held | None) -> InFlight | None:
    """What becomes of the held request; begun just before the service is asked to stop."""
    if held is None:
        return None
    await copy.ports.clock.sleep(_AFTER)
    return InFlight(held.name, await held.answered())
