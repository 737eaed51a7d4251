"""Connections from inside the shop's networks, and that nothing of them stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from flawless.errors import EngineError
from flawless.ports.bundle import Ports
from flawless.ports.engine import Json
from flawless.ports.relay import Relay
from flawless.ports.strays import LABEL

from .shop import Shop

pytestmark = pytest.mark.engine


@pytest.fixture
async def relay(shop: Shop, ports: Ports) -> AsyncIterator[Relay]:
    made = Relay(ports.engine)
    yield made
    await made.close()
    for stray in await relays(shop, ports):
        await ports.engine.wait(stray["Id"], 10)
    assert not await relays(shop, ports)


async def relays(shop: Shop, ports: Ports) -> list[Json]:
    """Relays on the shop's networks that run or could; one that ended is removed by the engine itself."""
    found = await ports.engine.containers([f"{LABEL}=1"])
    here = [each for each in found if each["HostConfig"]["NetworkMode"].startswith(shop.name)]
    return [each for each in here if each["State"]["Status"] in ("created", "running")]


async def test_each_way_a_connection_can_go_is_told_apart(shop: Shop, relay: Relay) -> None:
    targets = [("postgres", 5432), ("postgres", 9), ("no-such-service", 5432)]
    found = await relay.reach(f"{shop.name}_data", targets)
    assert [each.state for each in found] == ["open", "refused", "unresolved"]


async def test_an_address_behind_another_network_times_out_or_is_refused(
    shop: Shop, relay: Relay, ports: Ports
) -> None:
    container = await ports.engine.container(f"{shop.name}-postgres-1")
    assert container is not None
    address = container["NetworkSettings"]["Networks"][f"{shop.name}_data"]["IPAddress"]
    [found] = await relay.reach(f"{shop.name}_edge", [(address, 5432)])
    assert found.state in ("timeout", "refused")


async def test_more_targets_than_one_container_takes_are_all_answered(shop: Shop, relay: Relay) -> None:
    found = await relay.reach(f"{shop.name}_data", [("redis", 6379)] * 30)
    assert [each.state for each in found] == ["open"] * 30


async def test_a_tunnel_carries_a_whole_conversation(shop: Shop, relay: Relay, ports: Ports) -> None:
    async with relay.tunnel(f"{shop.name}_app", "frontend", 3000) as tunnel:
        answer = await ports.http.get(f"http://127.0.0.1:{tunnel.port}/app.js", timeout=5)
    assert answer.status == 200
    assert answer.body == (shop.root / "frontend" / "public" / "app.js").read_bytes()


async def test_a_refused_tunnel_tells_the_reason_and_lends_no_port(shop: Shop, relay: Relay) -> None:
    async with relay.tunnel(f"{shop.name}_data", "redis", 9) as tunnel:
        assert (tunnel.dialled.state, tunnel.dialled.message, tunnel.port) == ("refused", "Connection refused", 0)


async def test_extra_hosts_of_the_caller_are_known(shop: Shop, relay: Relay) -> None:
    async with relay.tunnel(f"{shop.name}_data", "elsewhere", 9, hosts=["elsewhere:127.0.0.1"]) as tunnel:
        assert tunnel.dialled.state == "refused"


async def test_a_network_that_is_not_there_is_an_engine_error(relay: Relay) -> None:
    with pytest.raises(EngineError, match="no-such-network"):
        await relay.reach("no-such-network", [("a", 1)])


@pytest.mark.parametrize("seconds", [0.001, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5])
async def test_a_cancelled_connection_leaves_no_container(shop: Shop, relay: Relay, seconds: float) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds), relay.tunnel(f"{shop.name}_data", "postgres", 5432):
            await asyncio.Event().wait()


async def test_the_container_has_no_rights(shop: Shop, relay: Relay, ports: Ports) -> None:
    async with relay.tunnel(f"{shop.name}_data", "postgres", 5432, labels={"for": "test"}):
        [mine] = await relays(shop, ports)
    host, config = mine["HostConfig"], mine["Config"]
    assert config["Labels"]["for"] == "test"
    assert config["User"] == "65534:65534"
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["AutoRemove"]) == (True, ["ALL"], True)
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert (host["Memory"], host["PidsLimit"]) == (32 * 1024 * 1024, 72)


HELD = """
import asyncio, sys
from flawless.ports.aioengine import AioEngine
from flawless.ports.relay import Relay

async def main():
    async with Relay(AioEngine()).tunnel(sys.argv[1], "postgres", 5432) as tunnel:
        print(tunnel.dialled.state, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_killed_process_leaves_no_container(shop: Shop, relay: Relay, ports: Ports) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HELD, f"{shop.name}_data", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    [held] = await relays(shop, ports)
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    await ports.engine.wait(held["Id"], 10)
