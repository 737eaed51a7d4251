"""A loopback port that leads into a container network, for clients that make many connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from flawless.errors import EngineError
from flawless.ports.relay import Relay

_BLOCK = 65_536


@asynccontextmanager
async def doorway(relay: Relay, network: str, host: str, port: int) -> AsyncIterator[int]:
    """A port of 127.0.0.1; each connection to it becomes one to ``host`` and ``port`` from inside ``network``.

    Where that cannot be made the client's connection is closed. Nobody outside of this machine can use it.
    """
    clients: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        clients.add(task)
        try:
            # A client may give up at any time, and the engine may be gone: both end this one connection only.
            with contextlib.suppress(EngineError, OSError, asyncio.CancelledError):
                async with relay.tunnel(network, host, port) as tunnel:
                    if tunnel.dialled.state == "open":
                        await _joined(reader, writer, tunnel.port)
        finally:
            writer.close()
            clients.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for client in list(clients):
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


async def _joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Carry bytes both ways until either side ends."""
    there, back = await asyncio.open_connection("127.0.0.1", port)
    ways = [asyncio.create_task(_carry(reader, back)), asyncio.create_task(_carry(there, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        back.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(_BLOCK):
        writer.write(block)
        await writer.drain()
