"""Who gets the address that a container leaves, on an engine that gives out the lowest free one."""

from __future__ import annotations

import pytest

from flawless.errors import EngineError
from flawless.ports.engine import Duplex, Json
from flawless.ports.relay import Relay
from flawless.ports.vacated import refused
from flawless.testing.fakes import MemoryEngine

NETWORK = "sample_app"


class Numbering(MemoryEngine):
    """A network of a few addresses, the lowest free one given to whoever joins."""

    def __init__(self, *taken: int) -> None:
        super().__init__()
        self.taken: dict[str, int] = {f"service-{number}": number for number in taken}

    async def attach(self, config: Json, *, timeout: float, name: str = "") -> Duplex:
        streams = await super().attach(config, timeout=timeout, name=name)
        await self.connect(NETWORK, name)
        return streams

    async def connect(self, network: str, ref: str) -> None:
        self.taken[ref] = next(number for number in range(2, 100) if number not in self.taken.values())

    async def disconnect(self, network: str, ref: str) -> None:
        del self.taken[ref]

    async def container(self, ref: str) -> Json | None:
        found = await super().container(ref)
        if found is None:
            return None
        address = {"IPAddress": f"10.0.0.{self.taken[ref]}"} if ref in self.taken else {}
        return {**found, "NetworkSettings": {"Networks": {NETWORK: address}}}

    def relays(self) -> list[int]:
        """The addresses that relays have."""
        return sorted(number for name, number in self.taken.items() if name.startswith("flawless-relay-"))


def relay(engine: Numbering) -> Relay:
    made = Relay(engine)
    made._image = "relay:1"
    return made


async def leave(engine: Numbering, number: int, seconds: float = 0.0) -> list[int]:
    """Let a service go; the relays' addresses right after."""
    made = relay(engine)
    async with refused(made, engine, {NETWORK: f"10.0.0.{number}"}, seconds):
        assert number not in engine.relays()
        await engine.disconnect(NETWORK, f"service-{number}")
    found = engine.relays()
    await made.close()
    return found


@pytest.mark.parametrize(
    ("taken", "leaves"),
    [((2, 3, 4), 3), ((2, 3, 4), 4), ((2, 3, 7), 3), ((2, 5, 6), 5), ((3, 4), 4)],
    ids=["between", "the highest", "nothing free below", "two free below", "the first free below"],
)
async def test_a_relay_has_the_address_as_soon_as_it_is_left(taken: tuple[int, ...], leaves: int) -> None:
    engine = Numbering(*taken)
    assert leaves in await leave(engine, leaves)
    assert engine.held == {}


async def test_nobody_waits_where_too_many_addresses_are_free_below() -> None:
    engine = Numbering(2, 20)
    assert 20 not in await leave(engine, 20)
    assert engine.held == {}


async def test_an_address_is_held_for_as_long_as_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("flawless.ports.vacated.asyncio.sleep", sleep)
    await leave(Numbering(2, 3), 3, seconds=3.0)
    assert slept == [3.0]


async def test_nothing_joins_and_all_goes_when_the_container_did_not_leave() -> None:
    engine = Numbering(2, 3)
    made = relay(engine)
    with pytest.raises(EngineError):
        async with refused(made, engine, {NETWORK: "10.0.0.3"}, 60.0):
            raise EngineError("it does not stop")
    await made.close()
    assert engine.held == {}


async def test_an_engine_that_starts_no_relay_holds_nothing_up() -> None:
    class Full(Numbering):
        async def attach(self, config: Json, *, timeout: float, name: str = "") -> Duplex:
            raise EngineError("no room")

    engine = Full(2, 3)
    assert await leave(engine, 3) == []
