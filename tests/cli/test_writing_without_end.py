"""Output without end: a reader that takes nothing can be left, and one that is gone ends it without a traceback."""

from __future__ import annotations

import fcntl
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pytest

PROGRAM = """
import asyncio
import sys
from flawless.cli import _group, door
from flawless.cli._stream import Stream
import click

async def work():
    stream = Stream()
    async with stream.passing_on():
        while True:
            await stream.write("x" * 99 + chr(10))

@click.command()
def endless():
    asyncio.run(work())

_group.COMMANDS["endless"] = ("__main__", "Endless.")
command = endless
sys.exit(door.run(["endless"]))
"""
DEADLINE = 20.0
PIPE = 60_000


@pytest.fixture
def endless() -> Iterator[subprocess.Popen[bytes]]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen((sys.executable, "-c", PROGRAM), **pipes) as process:  # type: ignore[call-overload]
        yield process
        process.kill()


def full(process: subprocess.Popen[bytes]) -> None:
    """Wait until nothing more goes into the pipe."""
    end = time.monotonic() + DEADLINE
    assert process.stdout
    while time.monotonic() < end:
        held = struct.unpack("i", fcntl.ioctl(process.stdout, termios.FIONREAD, b"\0" * 4))[0]
        if held >= PIPE:
            return
    pytest.fail("the pipe did not fill")


def test_a_reader_that_is_gone_ends_it_quietly(endless: subprocess.Popen[bytes]) -> None:
    assert endless.stdout
    assert endless.stderr
    assert endless.stdout.readline() == b"x" * 99 + b"\n"
    endless.stdout.close()
    assert endless.wait(DEADLINE) == 141
    assert endless.stderr.read() == b""


def test_ctrl_c_ends_it_while_the_reader_takes_nothing(endless: subprocess.Popen[bytes]) -> None:
    assert endless.stderr
    full(endless)
    endless.send_signal(signal.SIGINT)
    assert endless.wait(DEADLINE) == 130
    assert endless.stderr.read() == b"flawless: interrupted\n"
