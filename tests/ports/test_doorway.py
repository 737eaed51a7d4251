"""A loopback port that leads somewhere else, for many connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from flawless.errors import EngineError
from flawless.ports.doorway import doorway
from flawless.ports.relay import Dialled, Relay, Tunnel


class Elsewhere:
    """A relay that leads to a server of this test; it notes where it was asked to."""

    def __init__(self, port: int, state: str = "open", error: str = "") -> None:
        self.port, self.state, self.error = port, state, error
        self.asked: list[tuple[str, str, int]] = []

    @asynccontextmanager
    async def tunnel(self, network: str, host: str, port: int) -> AsyncIterator[Tunnel]:
        self.asked.append((network, host, port))
        if self.error:
            raise EngineError(self.error)
        yield Tunnel(Dialled(self.state, "", 0.0), self.port)


async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()


async def said(port: int, text: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{text}\n".encode())
    try:
        answer = await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:  # it ends with what was sent unread
        answer = b""
    writer.close()
    return answer.decode().strip()


async def asked(relay: Any, *texts: str) -> list[str]:
    async with doorway(cast("Relay", relay), "net", "proxy", 80) as port:
        return await asyncio.gather(*(said(port, text) for text in texts))


async def through(**changes: Any) -> tuple[list[str], Elsewhere]:
    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    async with server:
        relay = Elsewhere(server.sockets[0].getsockname()[1], **changes)
        return await asked(relay, "one", "two", "three"), relay


def test_each_connection_is_one_there() -> None:
    answers, relay = asyncio.run(through())
    assert answers == ["ONE", "TWO", "THREE"]
    assert relay.asked == [("net", "proxy", 80)] * 3


@pytest.mark.parametrize("changes", [{"state": "refused"}, {"error": "the engine is gone"}])
def test_where_nobody_answers_the_connection_ends(changes: dict[str, str]) -> None:
    assert asyncio.run(through(**changes))[0] == ["", "", ""]


def test_a_client_that_stays_does_not_hold_the_door_open() -> None:
    async def stay() -> None:
        server = await asyncio.start_server(shout, "127.0.0.1", 0)
        async with server:
            relay = cast("Relay", Elsewhere(server.sockets[0].getsockname()[1]))
            async with doorway(relay, "net", "proxy", 80) as port:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"no end of line")
                await writer.drain()
            writer.close()

    asyncio.run(asyncio.wait_for(stay(), 5))
