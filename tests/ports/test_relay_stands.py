"""The containers that stand in networks: one for each, kept while somebody uses it, gone afterwards."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import pytest

from flawless.errors import EngineError
from flawless.ports.engine import Duplex, Json
from flawless.ports.relay import Relay, _lent
from flawless.testing.fakes import MemoryEngine
from flawless.testing.streams import Echo


class Counting(MemoryEngine):
    """Remembers what was started; ``refuses`` is how often it does not start a container."""

    def __init__(self, refuses: int = 0) -> None:
        super().__init__()
        self.stood: list[str] = []
        self.ran: list[str] = []
        self._refuses = refuses

    async def attach(self, config: Json, *, timeout: float, name: str = "") -> Duplex:
        await asyncio.sleep(0)
        if self._refuses:
            self._refuses -= 1
            raise EngineError("no room")
        self.stood.append(config["HostConfig"]["NetworkMode"])
        return await super().attach(config, timeout=timeout, name=name)

    async def open(self, ref: str, argv: Sequence[str], *, timeout: float) -> Duplex:
        self.ran.append(" ".join(argv))
        return await super().open(ref, argv, timeout=timeout)


def relay(engine: MemoryEngine) -> Relay:
    made = Relay(engine)
    made._image = "relay:1"
    return made


async def use(made: Relay, network: str, word: str = "x") -> None:
    async with made._run(network, (word,)):
        await asyncio.sleep(0)


async def test_connections_from_one_network_share_a_container() -> None:
    engine = Counting()
    made = relay(engine)
    await asyncio.gather(use(made, "app", "a"), use(made, "app", "b"), use(made, "data", "c"))
    await use(made, "app", "d")
    assert sorted(engine.stood) == ["app", "data"]
    assert sorted(engine.ran) == ["/relay a", "/relay b", "/relay c", "/relay d"]
    await made.close()
    assert engine.held == {}


async def test_what_is_in_use_is_not_taken_away() -> None:
    engine = Counting()
    made = relay(engine)
    async with made._run("app", ("a",)):
        made.rest()
        await use(made, "app")
        assert len(engine.held) == 1
    await made.close()
    assert (engine.stood, engine.held) == (["app"], {})


async def test_a_container_that_did_not_start_is_tried_again() -> None:
    engine = Counting(refuses=1)
    made = relay(engine)
    with pytest.raises(EngineError, match="no room"):
        await use(made, "app")
    await use(made, "app")
    await made.close()
    assert (engine.stood, engine.held) == (["app"], {})


async def test_a_container_that_died_is_not_used_again() -> None:
    engine = Counting()
    made = relay(engine)
    await use(made, "app")
    engine.held.clear()
    with pytest.raises(EngineError):
        await use(made, "app")
    await use(made, "app")
    await made.close()
    assert engine.stood == ["app", "app"]


async def test_one_who_gives_up_leaves_the_container_to_the_others() -> None:
    engine = Counting()
    made = relay(engine)
    first = asyncio.create_task(use(made, "app"))
    second = asyncio.create_task(use(made, "app"))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert engine.stood == ["app"]
    await made.close()
    assert engine.held == {}


async def test_a_connection_is_lent_once_and_another_client_does_not_wait() -> None:
    loop = asyncio.get_running_loop()
    async with _lent(Echo(MemoryEngine(), "lent"), b"first") as port:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.setblocking(False)
            assert await loop.sock_recv(client, 5) == b"first"
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=5)
