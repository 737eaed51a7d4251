"""Running commands: argv in, result out, always with a timeout."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from flawless.model.facts import Evidence
from flawless.ports.mask import Masker

TIMED_OUT = 124
NOT_FOUND = 127
_GRACE = 5.0
_LINE_LIMIT = 1 << 20
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class CommandResult(Struct, frozen=True):
    """A finished command. Status 124: it ran out of time; 127: there is no such program. Output is not masked."""

    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str
    at: float
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it exited 0."""
        return self.status == 0

    def evidence(self, masker: Masker) -> Evidence:
        """This run as masked evidence."""
        output = self.stdout + self.stderr
        return masker.evidence(" ".join(self.argv), self.status, output, self.at, self.seconds)


class Shell(Protocol):
    """Runs commands."""

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
        reads: bool = False,
    ) -> CommandResult:
        """Run ``argv`` with ``env`` laid over our own; never raises for a failing or missing command.

        ``on_line`` is told each line of either stream as it comes. ``reads``: it only reads and ends soon, so that it
        may outlive us; it starts several times as fast.
        """


class RealShell:
    """Runs commands on this machine, each in a process group of its own that dies with its timeout.

    One that may change things dies with us too.
    """

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
        reads: bool = False,
    ) -> CommandResult:
        """See ``Shell.run``."""
        at, start = time.time(), time.monotonic()

        def finished(status: int, out: str, err: str) -> CommandResult:
            return CommandResult(tuple(argv), status, out, err, at, time.monotonic() - start)

        try:
            process = await _started(argv, cwd, {**os.environ, **(env or {})}, tied=not reads)
        except OSError as error:
            return finished(NOT_FOUND, "", f"{argv[0]}: {error.strerror}")
        assert process.stdout is not None
        assert process.stderr is not None
        readers = asyncio.gather(_read(process.stdout, on_line), _read(process.stderr, on_line))
        try:
            async with asyncio.timeout(timeout):
                out, err = await readers
                status = await process.wait()
        except TimeoutError:
            await _end(process)
            return finished(TIMED_OUT, "", f"{argv[0]} did not finish within {timeout:.0f} s")
        except asyncio.CancelledError:
            await _end(process)
            raise
        return finished(status, out, err)


async def _started(
    argv: Sequence[str], cwd: Path | None, env: Mapping[str, str], *, tied: bool
) -> asyncio.subprocess.Process:
    """Start a command. One that is cut off half-way would be waited for without end: it is completed, then ended."""
    start = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=cwd,
            env=env,
            start_new_session=True,
            # With a function to run in between, the whole process is copied instead of borrowed (vfork).
            preexec_fn=_die_with_us if tied and _LIBC else None,
            limit=_LINE_LIMIT,
        )
    )
    try:
        return await asyncio.shield(start)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):
            await _end(await start)
        raise


def _die_with_us() -> None:
    """Runs in the child: a command must not go on changing things when we were killed and somebody else takes over."""
    assert _LIBC is not None
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


async def _read(stream: asyncio.StreamReader, on_line: Callable[[str], None] | None) -> str:
    lines: list[str] = []
    while chunk := await _line(stream):
        text = chunk.decode(errors="replace")
        lines.append(text)
        if on_line:
            on_line(text.rstrip("\n"))
    return "".join(lines)


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as long:
        return await stream.readexactly(long.consumed)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask the group to end, give its first process time, and kill what is left: a child may not listen."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await process.wait()
