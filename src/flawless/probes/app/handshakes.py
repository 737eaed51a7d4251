"""WebSocket handshakes through the proxy, and at the service itself for comparison (RFC 6455, section 4)."""

from __future__ import annotations

import asyncio
import base64
from urllib.parse import urlsplit

from flawless.errors import FlawlessError
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import APP_HANDSHAKES
from flawless.model.observed_app import Handshake
from flawless.model.stack import Role, Service
from flawless.ports.bundle import Probe, Target
from flawless.ports.http import Answer
from flawless.probes.app._requests import Request
from flawless.probes.app._visit import SECONDS, Visit, evidence, visit
from flawless.probes.files.programs import websockets_of
from flawless.probes.live._services import relay_of
from flawless.probes.live.inside import port_of

_MOST_PATHS = 6
_DIRECT_FIRST = 101


async def gather(target: Target) -> list[Fact]:
    """One entry for each path that flawless.toml names; without any, for each that the source of a backend has."""
    named = target.settings.app.websockets
    wanted = [(path, "") for path in named] or await asyncio.to_thread(websockets_of, target)
    async with visit(target, most=2 * _MOST_PATHS) as now:
        found = [await _tried(target, now, path, name, bool(named)) for path, name in wanted[:_MOST_PATHS]]
        said = evidence(target, now, "WebSocket handshakes")
    return [known(APP_HANDSHAKES, STACK, tuple(found), said, target.ports.clock.now())]


def _headers(origin: str) -> dict[str, str]:
    return {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": base64.b64encode(b"flawless probing").decode(),
        "origin": origin,
    }


async def _tried(target: Target, now: Visit, path: str, name: str, named: bool) -> Handshake:
    parts = urlsplit(now.edge.base)
    origin = f"{parts.scheme}://{now.edge.host or parts.netloc}"
    answer = await now.ask(Request("GET", path), headers=_headers(origin))
    backends = [each for each in target.stack.with_role(Role.BACKEND) if name in ("", each.name)]
    direct, service = None, backends[0].name if backends else ""
    if answer.status != _DIRECT_FIRST and backends:
        inside = await _inside(target, backends[0], path, origin)
        direct = inside.status if inside else None
    return Handshake(
        path=path,
        status=answer.status,
        direct=direct,
        service=service,
        named=named,
        error=target.ports.masker.mask(answer.error),
    )


async def _inside(target: Target, service: Service, path: str, origin: str) -> Answer | None:
    """The same at the service itself, from a network of its own; None where it cannot be asked."""
    network = next((target.stack.network(each.network) for each in target.stack.attached(service)), None)
    if network is None:
        return None
    try:
        port = await port_of(target, service)
        async with relay_of(target).tunnel(network.full_name, service.name, port) as tunnel:
            if tunnel.dialled.state != "open":
                return None
            headers = {**_headers(origin), "host": urlsplit(origin).netloc}
            async with target.ports.http.talk(http2=False) as talk:
                return await talk.ask("GET", f"http://127.0.0.1:{tunnel.port}{path}", headers=headers, timeout=SECONDS)
    except FlawlessError:
        return None


PROBE = Probe(keys=(APP_HANDSHAKES,), gather=gather, timeout=60.0, turns=True)
