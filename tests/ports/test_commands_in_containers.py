"""Commands in a container with their streams attached, on the real engine."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest

from flawless.errors import EngineError
from flawless.ports.aioengine import AioEngine
from flawless.ports.engine import Duplex

pytestmark = pytest.mark.engine
NAME = f"flawless-test-open-{os.getpid()}"
LARGE = os.urandom(3 << 20)
PIECE = 65_536


@pytest.fixture(scope="module")
def container() -> Iterator[str]:
    run = ("docker", "run", "--detach", "--network", "none", "--name", NAME, "debian:bookworm-slim", "sleep", "600")
    subprocess.run(run, check=True, capture_output=True, timeout=60)
    yield NAME
    subprocess.run(("docker", "rm", "--force", NAME), check=True, capture_output=True, timeout=60)


@pytest.fixture
async def engine() -> AsyncIterator[AioEngine]:
    opened = AioEngine()
    yield opened
    await opened.close()


async def _received(streams: Duplex, size: int) -> bytes:
    read = bytearray()
    while len(read) < size and (piece := await streams.receive()):
        read += piece
    return bytes(read)


async def _sent(streams: Duplex, data: bytes) -> None:
    for at in range(0, len(data), PIECE):
        await streams.send(data[at : at + PIECE])


async def test_bytes_go_in_and_come_out_whole_and_errors_are_apart(engine: AioEngine, container: str) -> None:
    words = ("sh", "-c", 'echo "careful" >&2; head -c "$1"; exit 3', "sh", str(len(LARGE)))
    streams = await engine.open(container, words, timeout=30.0)
    read, _ = await asyncio.gather(_received(streams, len(LARGE)), _sent(streams, LARGE))
    assert read == LARGE
    assert await streams.receive() == b""
    assert await streams.finish() == (3, "careful")


async def test_an_engine_that_waits_for_a_reader_is_left_within_seconds(container: str) -> None:
    opened = AioEngine()
    streams = await opened.open(container, ("cat",), timeout=1.0)
    with pytest.raises(TimeoutError):
        await _sent(streams, LARGE * 4)
    async with asyncio.timeout(10.0):
        await opened.close()


async def test_a_command_without_input_ends_by_itself(engine: AioEngine, container: str) -> None:
    streams = await engine.open(container, ("echo", "hello"), timeout=30.0)
    assert await streams.receive() == b"hello\n"
    assert await streams.finish() == (0, "")


async def test_a_program_that_is_not_there_has_a_status(engine: AioEngine, container: str) -> None:
    streams = await engine.open(container, ("no-such-program",), timeout=30.0)
    await streams.receive()
    status, _ = await streams.finish()
    assert status in (126, 127)


async def test_a_container_that_is_not_there_is_an_error(engine: AioEngine) -> None:
    with pytest.raises(EngineError, match="No such container"):
        await engine.open("flawless-test-nobody", ("true",), timeout=10.0)


async def test_a_network_that_is_gone_already_is_no_error(engine: AioEngine) -> None:
    await engine.remove_network("flawless-test-no-network")
