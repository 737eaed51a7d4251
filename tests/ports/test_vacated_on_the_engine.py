"""What a connection to an address meets after its container has gone, on the real engine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from flawless.ports.aioengine import AioEngine
from flawless.ports.relay import Relay
from flawless.ports.vacated import refused
from tests.scenarios.harness import docker

pytestmark = pytest.mark.engine
NETWORK = f"flawless-test-vacated-{os.getpid()}"
ENDS, LEAVES, STAYS = (f"{NETWORK}-{word}" for word in ("ends", "leaves", "stays"))


@pytest.fixture
def addresses() -> Iterator[list[str]]:
    """Those of the containers in a network, of which the last one stays."""
    docker("network", "create", NETWORK)
    for name in (ENDS, LEAVES, STAYS):
        docker("run", "--detach", "--network", NETWORK, "--name", name, "debian:bookworm-slim", "sleep", "600")
    each = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    yield docker("inspect", "--format", each, ENDS, LEAVES, STAYS).split()
    docker("rm", "--force", ENDS, LEAVES, STAYS)
    docker("network", "rm", NETWORK)


@pytest.fixture
async def engine() -> AsyncIterator[AioEngine]:
    opened = AioEngine()
    yield opened
    await opened.close()


async def test_an_address_that_was_left_refuses_where_otherwise_nobody_would_answer(
    engine: AioEngine, addresses: list[str]
) -> None:
    ended, left, stays = addresses
    relay = Relay(engine)

    async def seen(*tried: str) -> list[str]:
        return [each.state for each in await relay.reach(NETWORK, [(address, 8081) for address in tried])]

    assert await seen(stays) == ["refused"]
    await engine.stop(ENDS, 0.0)
    assert await seen(ended) == ["timeout"]
    async with refused(relay, engine, {NETWORK: left}, 1.0):
        await engine.stop(LEAVES, 0.0)
    assert await seen(left) == ["refused"]
    await relay.close()
