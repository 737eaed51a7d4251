"""A visit to the application: the way in, what it is known to answer, and a bounded number of requests.

In a throwaway copy visits take turns: what one does to the accounts or the limits must not be seen by another.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from msgspec import Struct, structs

from flawless.errors import FlawlessError
from flawless.model.facts import Evidence
from flawless.model.stack import Role, Service
from flawless.ports.bundle import Target
from flawless.ports.clock import Clock
from flawless.ports.http import Answer, Talk
from flawless.probes.app._openapi import Operation, operations
from flawless.probes.app._requests import Request, request_of, route_of
from flawless.probes.live._edge import Edge, edge_of
from flawless.probes.live._services import UnseenError, relay_of
from flawless.probes.live.inside import port_of

SECONDS = 5.0
_PARALLEL = 4
_REFUSED = 429
_LONGEST_WAIT, _LONGEST_WAIT_IN_A_COPY = 20.0, 240.0
_USUAL = (
    "/openapi.json",
    "/api/openapi.json",
    "/api/v1/openapi.json",
    "/v3/api-docs",
    "/api/v3/api-docs",
    "/swagger.json",
    "/api/swagger.json",
    "/swagger/v1/swagger.json",
    "/api-docs",
    "/api-json",
)
_TURN, _KNOWN, _FINDING = "app-turn", "app-known", "app-finding"

T = TypeVar("T")


class Known(Struct, frozen=True):
    """The operations, and the address of the document that names them; "" where only flawless.toml does."""

    operations: tuple[Operation, ...]
    source: str


class Visit:
    """One probe's requests, at most ``most`` of them; limits that say when are waited for, ``patience`` s in all."""

    def __init__(self, talk: Talk, edge: Edge, clock: Clock, most: int, patience: float) -> None:
        self._talk = talk
        self._clock = clock
        self._waits = patience
        self.edge = edge
        self.left = most
        self.said: list[str] = []

    async def ask(
        self,
        request: Request,
        *,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        timeout: float = SECONDS,
        patient: bool = True,
    ) -> Answer:
        """Ask as a client of the edge would; status 0 once the requests are used up."""
        while True:
            answer = await self._once(request, token, headers or {}, timeout)
            wait = _seconds(answer.headers.get("retry-after", "1"))
            if answer.status != _REFUSED or not patient or wait > self._waits:
                return answer
            self._waits -= wait
            await self._clock.sleep(wait)

    async def _once(self, request: Request, token: str, headers: Mapping[str, str], timeout: float) -> Answer:
        if self.left <= 0:
            return Answer(0, {}, b"", 0.0, "the requests of this probe are used up")
        self.left -= 1
        own = {"accept": "*/*", **self.edge.headers}
        if request.media:
            own["content-type"] = request.media
        if token:
            own["authorization"] = f"Bearer {token}"
        url = f"{self.edge.base}{request.target}"
        ask = partial(self._talk.ask, request.method, url, body=request.body, headers={**own, **headers})
        answer = await ask(timeout=timeout)
        if answer.status == 0 and answer.seconds < timeout / 2:
            answer = await ask(timeout=timeout)  # a kept connection may have been closed; what fails twice, fails
        self.said.append(f"{request.method} {request.target[:200]} {answer.status or answer.error}")
        return answer


def _seconds(said: str) -> float:
    return float(said) if said.isdigit() else 1.0


@asynccontextmanager
async def visit(target: Target, *, most: int) -> AsyncIterator[Visit]:
    """Lend a visit; UnseenError where nothing tells the way in.

    HTTP/1.1: it can ask for an upgrade, and an early answer to a body that is too long is heard.
    """
    edge = await edge_of(target)
    turn = target.shared.setdefault(_TURN, asyncio.Lock()) if target.throwaway else asyncio.Lock()
    async with turn, target.ports.http.talk(ca=edge.ca, sni=edge.host, http2=False) as talk:
        patience = _LONGEST_WAIT_IN_A_COPY if target.throwaway else _LONGEST_WAIT
        yield Visit(talk, edge, target.ports.clock, most, patience)


def only_in_a_copy(target: Target) -> None:
    """Raise UnseenError unless what is looked at may be attacked and changed."""
    if not target.throwaway:
        raise UnseenError("only a throwaway copy of the stack is attacked", remedy="flawless check --rehearse")


def only_if_allowed(target: Target) -> None:
    """Raise UnseenError unless it is a throwaway copy, or the operator allowed requests that leave a trace."""
    if not (target.throwaway or target.active):
        raise UnseenError("it would leave a trace in what runs", remedy="flawless verify --opt-in active")


async def application(target: Target, now: Visit) -> Known:
    """What the application is known to answer, the same for all probes of one look; no operation where nothing is."""
    async with target.shared.setdefault(_FINDING, asyncio.Lock()):
        if _KNOWN not in target.shared:
            target.shared[_KNOWN] = await _known(target, now)
    found: Known = target.shared[_KNOWN]
    return found


async def described(target: Target, now: Visit) -> Known:
    """The same; UnseenError where nothing is known."""
    found = await application(target, now)
    if not found.operations:
        paths = target.settings.app.openapi or "the usual places"
        raise UnseenError(
            f"no OpenAPI document is at {paths}, and flawless.toml names no routes of the application",
            remedy='write openapi = "/path/of/openapi.json" or protected = ["GET /api/…"] under [app] in flawless.toml',
        )
    return found


async def _known(target: Target, now: Visit) -> Known:
    said = target.settings.app
    found = await _document(target, now)
    listed = {each.name: each for each in found.operations}
    for route in (*said.public, *said.protected, *(said.restricted or ()), *said.limited, said.audit, said.change):
        if route:
            each = route_of(route, said.change_body if route == said.change else "")
            listed.setdefault(each.name, each)
    public, skip = _names(said.public), _names(said.skip)
    kept = (
        structs.replace(each, public=each.public or each.name in public)
        for name, each in listed.items()
        if name not in skip
    )
    return Known(tuple(kept), found.source)


def _names(routes: Iterable[str]) -> set[str]:
    return {route_of(route).name for route in routes}


async def _document(target: Target, now: Visit) -> Known:
    """The document through the proxy, else on a backend itself."""
    paths = (target.settings.app.openapi,) if target.settings.app.openapi else _USUAL
    for path in paths:
        answer = await now.ask(Request("GET", path))
        found = operations(answer.body, path) if answer.status == 200 else None
        if found:
            return Known(found, now.edge.base + path)
    for service in target.stack.with_role(Role.BACKEND):
        try:
            if inside := await _inside(target, service, paths):
                return inside
        except FlawlessError:
            continue  # whoever cannot be asked has no document for us
    return Known((), "")


async def _inside(target: Target, service: Service, paths: Iterable[str]) -> Known | None:
    network = next((target.stack.network(each.network) for each in target.stack.attached(service)), None)
    port = await port_of(target, service)
    if network is None:
        return None
    for path in paths:  # a connection for each: many a server closes it behind an answer
        async with relay_of(target).tunnel(network.full_name, service.name, port) as tunnel:
            if tunnel.dialled.state != "open":
                return None
            url, headers = f"http://127.0.0.1:{tunnel.port}{path}", {"host": f"{service.name}:{port}"}
            async with target.ports.http.talk(http2=False) as talk:
                answer = await talk.ask("GET", url, timeout=SECONDS, headers=headers)
        found = operations(answer.body, path) if answer.status == 200 else None
        if found:
            return Known(found, f"http://{service.name}:{port}{path}")
    return None


async def each(works: Iterable[Awaitable[T]]) -> list[T]:
    """All of them, four at a time, in their order."""
    places = asyncio.Semaphore(_PARALLEL)

    async def placed(work: Awaitable[T]) -> T:
        async with places:
            return await work

    return list(await asyncio.gather(*map(placed, works)))


async def plainly(now: Visit, operation: Operation, token: str = "") -> Answer:
    """The operation as it is described."""
    return await now.ask(request_of(operation), token=token)


def evidence(target: Target, now: Visit, what: str) -> list[Evidence]:
    """What a visit asked, line by line, and what it got."""
    text = "\n".join(now.said)
    return [target.ports.masker.evidence(what, f"{len(now.said)} requests", text, target.ports.clock.now(), 0.0)]
