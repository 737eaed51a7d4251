"""The address that a container leaves refuses connections for a while, instead of leaving them without an answer.

When a container ends, Docker's DNS drops its name and its address answers nobody any more, but a proxy may go on with
what it looked up before. A connection to an address that nobody has waits for the proxy's own limit (nginx: 60 s unless
told otherwise); one that is refused is passed on to the next address at once. The engine gives out the lowest free
address, so a relay that joins the network as the container leaves it gets the one that became free. Where it does not
get it, nothing is lost but that.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from msgspec import Struct

from flawless.errors import EngineError
from flawless.ports.engine import Duplex, Engine
from flawless.ports.relay import Relay

_MOST_HOLES = 4


class _Waiting(Struct, frozen=True):
    """Relays that hold every free address below the one that will be left, and the name of one that is to join."""

    network: str
    joins: str
    streams: tuple[Duplex, ...]


@asynccontextmanager
async def refused(relay: Relay, engine: Engine, addresses: Mapping[str, str], seconds: float) -> AsyncIterator[None]:
    """While the body takes away what has these addresses, by network; behind it they refuse for so many seconds."""
    waiting = await asyncio.gather(*(_waiting(relay, engine, *each) for each in addresses.items()))
    ready = [each for each in waiting if each]
    held = 0.0
    try:
        yield
        await asyncio.gather(*(_join(engine, each) for each in ready))
        held = seconds
    finally:
        if ready:
            relay.meanwhile(_ended(ready, held))


async def _waiting(relay: Relay, engine: Engine, network: str, address: str) -> _Waiting | None:
    """None where there are too many free addresses below it, or where the engine does not take part."""
    streams: list[Duplex] = []
    try:
        for _ in range(_MOST_HOLES):
            name, stream = await relay.stood(network)
            streams.append(stream)
            raw = await engine.container(name) or {}
            mine = raw["NetworkSettings"]["Networks"][network]["IPAddress"]
            if _number(mine) > _number(address):
                await engine.disconnect(network, name)
                return _Waiting(network, name, tuple(streams))
    except (EngineError, KeyError, ValueError):
        pass
    relay.meanwhile(_closed(streams))
    return None


def _number(address: str) -> int:
    return int(ipaddress.ip_address(address))


async def _join(engine: Engine, waiting: _Waiting) -> None:
    with contextlib.suppress(EngineError):
        await engine.connect(waiting.network, waiting.joins)


async def _ended(waiting: Iterable[_Waiting], held: float) -> None:
    await asyncio.sleep(held)
    await _closed(stream for each in waiting for stream in each.streams)


async def _closed(streams: Iterable[Duplex]) -> None:
    for stream in streams:
        with contextlib.suppress(EngineError, OSError):
            await stream.abandon()
