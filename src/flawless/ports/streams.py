"""Docker's stream formats: log frames and attached containers."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flawless.ports.engine import Engine, LogLine

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
    parts = [("stdout", raw)] if tty else list(frames(raw))
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
        whole = raw.rfind(b"\n") + 1 if self._tty else sum(_HEADER.size + len(chunk) for _, chunk in frames(raw))
        self._rest = raw[whole:]
        return log_lines(raw[:whole], tty=self._tty)


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


class _Attached:
    """Streams that are attached to a program."""

    def __init__(self, stream: Stream, timeout: float) -> None:
        self._stream = stream
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


class AttachedContainer(_Attached):
    """A started container whose streams are attached; ``finish`` always removes it."""

    def __init__(self, engine: Engine, ref: str, stream: Stream, timeout: float) -> None:
        super().__init__(stream, timeout)
        self._engine = engine
        self._ref = ref

    async def finish(self) -> tuple[int, str]:
        """Close, wait, and remove the container; its exit status and standard error."""
        try:
            await self._stream.close()
            status = await self._engine.wait(self._ref, self._timeout)
        finally:
            await asyncio.shield(self._engine.remove(self._ref, force=True))
        return status, self._errors.decode(errors="replace").strip()

    async def abandon(self) -> None:
        """Close and remove the container without waiting for its end."""
        try:
            await self._stream.close()
        finally:
            await asyncio.shield(self._engine.remove(self._ref, force=True))


class AttachedExec(_Attached):
    """A command in a container; it ends when its standard input does, at the latest with the container."""

    async def finish(self) -> tuple[int, str]:
        """Close; nobody waits for its exit status."""
        await self._stream.close()
        return 0, self._errors.decode(errors="replace").strip()

    async def abandon(self) -> None:
        """Close."""
        await self._stream.close()
