"""Requests in a row until the application says no: at most a hundred and fifty, and only where that is allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

from flawless.errors import FlawlessError
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import APP_LIMITS
from flawless.model.observed_app import LimitTrial
from flawless.model.stack import Role
from flawless.ports.bundle import Probe, Target
from flawless.ports.http import Answer
from flawless.probes.app._login import login_operation, login_request
from flawless.probes.app._openapi import Operation
from flawless.probes.app._requests import Request, request_of, route_of
from flawless.probes.app._visit import SECONDS, Visit, application, each, evidence, only_if_allowed, visit
from flawless.probes.live._services import UnseenError, relay_of

_MOST = 150
_AT_ONCE = 8
_ROUTES = 2
_TRIES = 3
_CLAIMS = {"x-forwarded-for": "192.0.2.77", "x-real-ip": "192.0.2.77", "forwarded": "for=192.0.2.77"}
_SAYS_NO = frozenset({429, 503})
_LINE = 'write limited = ["POST /api/login"] under [app] in flawless.toml'


async def gather(target: Target) -> list[Fact]:
    """One entry for each route that should be limited."""
    only_if_allowed(target)
    async with visit(target, most=_ROUTES * (_MOST + 70) + 30) as now:
        found = await application(target, now)
        trials = [await _tried(target, now, name, request) for name, request in _requests(target, found.operations)]
        said = evidence(target, now, "requests in a row")
    return [known(APP_LIMITS, STACK, tuple(trials), said, target.ports.clock.now())]


def _requests(target: Target, operations: tuple[Operation, ...]) -> list[tuple[str, Request]]:
    """What is asked: a login that must fail, else the routes that flawless.toml names."""
    login = login_operation(target, operations)
    named = [route_of(route) for route in target.settings.app.limited] or ([login] if login else [])
    if not named:
        raise UnseenError("nothing tells which routes are limited", remedy=_LINE)
    found = []
    for one in named[:_ROUTES]:
        fails = login is not None and one.name == login.name
        user = f"flawless-{target.ports.ids.new(target.ports.clock.now())}"[:32]
        found.append(
            (one.name, login_request(target, login, user, f"wrong-{user}") if login and fails else request_of(one))
        )
    return found


async def _tried(target: Target, now: Visit, name: str, request: Request) -> LimitTrial:
    """Ask, a few at once, until one is refused; then as somebody who only says to be elsewhere, and as one who is."""
    statuses: list[int] = []
    while len(statuses) < _MOST and not _SAYS_NO.intersection(statuses):
        answers = await each(now.ask(request, patient=False) for _ in range(min(_AT_ONCE, _MOST - len(statuses))))
        statuses += [answer.status for answer in answers]
    after = next((number for number, status in enumerate(statuses) if status in _SAYS_NO), None)
    forged, other, alone = None, None, ""
    if after is not None:
        forged = await _while_refused(now, request, lambda: now.ask(request, headers=_CLAIMS, patient=False))
        other, alone = await _elsewhere(target, now, request)
    counted = {str(status): count for status, count in Counter(statuses).items()}
    return LimitTrial(
        route=name, sent=len(statuses), after=after, statuses=counted, forged=forged, other=other, alone=alone
    )


async def _while_refused(now: Visit, request: Request, ask: Callable[[], Awaitable[Answer]]) -> int | None:
    """The status that another way of asking gets while our own is refused before and after; None if it never was."""
    for _ in range(_TRIES):
        before = await each(now.ask(request, patient=False) for _ in range(_AT_ONCE))
        status = (await ask()).status
        after = await now.ask(request, patient=False)
        if status and before[-1].status in _SAYS_NO and after.status in _SAYS_NO:
            return status
    return None


async def _elsewhere(target: Target, now: Visit, request: Request) -> tuple[int | None, str]:
    """The answer to a client with another address: one inside a network of the proxy. Or why there is none."""
    parts = urlsplit(now.edge.base)
    usual = (443, 8443) if parts.scheme == "https" else (80, 8080)
    ways = [
        (service, port.target, network)
        for service in target.stack.with_role(Role.PROXY)
        for port in service.ports
        if port.target in usual
        for attached in target.stack.attached(service)
        if (network := target.stack.network(attached.network))
    ]
    if not ways:
        return None, "the proxy is on no network from which it could be asked"
    service, port, network = ways[0]
    try:
        async with relay_of(target).tunnel(network.full_name, service.name, port) as tunnel:
            if tunnel.dialled.state != "open":
                return None, f"{service.name}:{port} is {tunnel.dialled.state} from {network.name}"
            url = f"{parts.scheme}://127.0.0.1:{tunnel.port}{request.target}"
            headers = {"host": now.edge.host or parts.netloc, "content-type": request.media or "text/plain"}
            name = now.edge.host or parts.hostname or ""
            async with target.ports.http.talk(ca=now.edge.ca, sni=name, http2=False) as talk:
                ask = partial(talk.ask, request.method, url, body=request.body, headers=headers, timeout=SECONDS)
                status = await _while_refused(now, request, ask)
    except FlawlessError as error:
        return None, target.ports.masker.mask(error.what)
    return status, "" if status else "the limit frees up before another client can be compared"


PROBE = Probe(keys=(APP_LIMITS,), gather=gather, timeout=120.0, turns=True)
