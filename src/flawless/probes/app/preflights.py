"""What pages of other origins may do: a preflight and a simple read from foreign origins, and from the real one."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import APP_PREFLIGHTS
from flawless.model.observed_app import Preflight
from flawless.ports.bundle import Probe, Target
from flawless.probes.app._openapi import Operation
from flawless.probes.app._requests import Request, request_of
from flawless.probes.app._visit import Visit, application, each, evidence, visit

FOREIGN = "https://flawless-probe.example"
_ROUTES = 4
_MOST = 80


async def gather(target: Target) -> list[Fact]:
    """For a few routes, what each origin is told; nothing is sent that a browser would not send by itself."""
    async with visit(target, most=_MOST) as now:
        found = await application(target, now)
        origins = list(_origins(target, now))
        asked = [
            _asked(now, route, method, origin, foreign)
            for route, methods in _routes(found.operations).items()
            for method in ("OPTIONS", *methods)
            for origin, foreign in origins
        ]
        answers = await each(asked)
        said = evidence(target, now, "preflights from other origins")
    return [known(APP_PREFLIGHTS, STACK, tuple(answers), said, target.ports.clock.now())]


def _routes(operations: tuple[Operation, ...]) -> dict[str, tuple[str, ...]]:
    """Targets to ask about, and whether a simple read is asked too; the page itself where nothing is described."""
    reads = [one for one in operations if one.method == "GET" and not one.filled]
    chosen = sorted(reads, key=lambda one: one.public)[:_ROUTES]
    return {request_of(one).target: ("GET",) for one in chosen} or {"/": ("GET",), "/api/": ("GET",)}


def _origins(target: Target, now: Visit) -> Iterator[tuple[str, bool]]:
    """Foreign origins, also such as only look like ours or the one that is let in, and the real one."""
    host = now.edge.host or urlsplit(now.edge.base).hostname or "localhost"
    real = target.settings.app.origin
    yield FOREIGN, True
    yield "null", True
    yield f"https://{urlsplit(real).hostname or host}.flawless-probe.example", True
    if real:
        yield real.rstrip("/"), False


async def _asked(now: Visit, route: str, method: str, origin: str, foreign: bool) -> Preflight:
    headers = {"origin": origin}
    if method == "OPTIONS":
        headers |= {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    answer = await now.ask(Request(method, route), headers=headers)
    return Preflight(
        route=route,
        origin=origin,
        foreign=foreign,
        method=method,
        status=answer.status,
        allowed=answer.headers.get("access-control-allow-origin", ""),
        credentials=answer.headers.get("access-control-allow-credentials", "").lower() == "true",
        error=answer.error,
    )


PROBE = Probe(keys=(APP_PREFLIGHTS,), gather=gather, timeout=60.0, turns=True)
