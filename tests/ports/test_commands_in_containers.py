"""Commands in a container with their streams attached, on the real engine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest

from flawless.errors import EngineError
from flawless.ports.aioengine import AioEngine

pytestmark = pytest.mark.engine
NAME = f"flawless-test-open-{os.getpid()}"
LARGE = os.urandom(3 << 20)


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


async def test_bytes_go_in_and_come_out_whole_and_errors_are_apart(engine: AioEngine, container: str) -> None:
    words = ("sh", "-c", 'echo "careful" >&2; head -c "$1"; exit 3', "sh", str(len(LARGE)))
    streams = await engine.open(container, words, timeout=30.0)
    read = bytearray()
    sent = 0
    while len(read) < len(LARGE):
        if sent < len(LARGE):
            await streams.send(LARGE[sent : sent + 65_536])
            sent += 65_536
        read += await streams.receive()
    assert bytes(read) == LARGE
    assert await streams.receive() == b""
    assert await streams.finish() == (3, "careful")


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
