"""Docker's stream formats: log frames, attached containers and commands."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flawless.ports.engine import LogLine

if TYPE_CHECKING:
    from aiodocker.stream import Stream

_HEADER = struct.Struct(">BxxxL")
_NAMES = {0: "stdin", 1: "stdout", 2: "stderr"}
_ERROR_LIMIT = 4_000


def frames(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Stream name and payload of each whole frame of a multiplexed log; a cut-off last frame is left out."""
    at = 0
    while at + _HEADER.size <= len(raw):
        kind, length = _HEADER.unpack_from(raw, at)
        at += _HEADER.size
        if at + length > len(raw):
            return
        yield _NAMES.get(kind, "stdout"), raw[at : at + length]
        at += length


def log_lines(raw: bytes, *, tty: bool) -> list[LogLine]:
    """Timestamped log output as lines, in time order.

    Only a line feed ends a line, as for the engine, which stamps nothing after a carriage return inside of one.
    """
    return _lines([("stdout", raw)] if tty else list(frames(raw)))


def _lines(parts: list[tuple[str, bytes]]) -> list[LogLine]:
    texts = [(stream, text) for stream, chunk in parts for text in chunk.decode(errors="replace").split("\n") if text]
    return sorted((_line(stream, text.rstrip("\r")) for stream, text in texts), key=lambda line: line.at)


class LogSplitter:
    """Timestamped log output that arrives in pieces, as whole lines."""

    def __init__(self, *, tty: bool) -> None:
        self._tty = tty
        self._rest = b""

    def feed(self, raw: bytes) -> list[LogLine]:
        """The lines that are whole now."""
        raw = self._rest + raw
        if self._tty:
            whole = raw.rfind(b"\n") + 1
            parts = [("stdout", raw[:whole])]
        else:
            parts = list(frames(raw))
            whole = sum(_HEADER.size + len(chunk) for _, chunk in parts)
        self._rest = raw[whole:]
        return _lines(parts)


def _line(stream: str, text: str) -> LogLine:
    stamp, _, rest = text.partition(" ")
    return LogLine(stream, engine_time(stamp), rest)


def engine_time(stamp: str) -> float:
    """An engine's RFC 3339 time with nanoseconds as seconds since the epoch; 0 for none or the zero time."""
    if stamp.startswith("0001-"):
        return 0.0
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return 0.0
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


class Attached:
    """The streams of something that runs in the engine.

    ``ended`` waits for its exit status and cleans up after it, ``left`` cleans up without waiting.
    """

    def __init__(
        self,
        stream: Stream,
        ended: Callable[[], Awaitable[int]],
        left: Callable[[], Awaitable[None]],
        timeout: float,
    ) -> None:
        self._stream = stream
        self._ended = ended
        self._left = left
        self._timeout = timeout
        self._errors = bytearray()

    async def send(self, data: bytes) -> None:
        """Write to its standard input."""
        async with asyncio.timeout(self._timeout):
            await self._stream.write_in(data)

    async def receive(self) -> bytes:
        """The next bytes of its standard output; empty at the end."""
        while message := await self._stream.read_out():
            if message.stream != 2:
                return message.data
            self._errors.extend(message.data[: _ERROR_LIMIT - len(self._errors)])
        return b""

    async def finish(self) -> tuple[int, str]:
        """Close, and wait for its end; its exit status and standard error."""
        try:
            await self._stream.close()
        finally:
            status = await self._ended()
        return status, self._errors.decode(errors="replace").strip()

    async def abandon(self) -> None:
        """Close, without waiting for its end."""
        try:
            await self._stream.close()
        finally:
            await self._left()
