"""Several logs as one, in the order of time and in bounded memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from msgspec import Struct, field

from flawless.errors import EngineError
from flawless.ports.engine import LogLine

ROOM = 256 * 1024
"""Characters held of each stream; then its reader waits, and with it the engine."""
_OWN = 100  # what a line costs that says nothing


class _Source(Struct):
    name: str
    lines: deque[LogLine] = field(default_factory=deque)
    ended: bool = False
    quiet: bool = False
    size: int = 0
    space: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def lacking(self) -> bool:
        """Whether nobody knows yet what its next line is."""
        return not (self.lines or self.ended or self.quiet)

    def put(self, line: LogLine) -> None:
        """Hold one more line."""
        self.lines.append(line)
        self.size += len(line.text) + _OWN
        self.quiet = False
        if self.size >= ROOM:
            self.space.clear()

    def take(self) -> LogLine:
        """The oldest line."""
        line = self.lines.popleft()
        self.size -= len(line.text) + _OWN
        if self.size < ROOM // 2:
            self.space.set()
        return line


class Merge:
    """The lines of all streams by time. A line is given once every other stream has one too, has ended, or is silent.

    ``patience`` are the seconds of silence after which a stream is not waited for: where ``lasting`` it may go on
    later, else it has failed. ``failures`` are the streams that broke, with the reason.
    """

    def __init__(self, patience: float, *, lasting: bool) -> None:
        self.failures: dict[str, str] = {}
        self._patience = patience
        self._lasting = lasting
        self._sources: list[_Source] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()

    def add(self, name: str, stream: AsyncIterator[LogLine]) -> None:
        """One more stream."""
        source = _Source(name)
        source.space.set()
        self._sources.append(source)
        task = asyncio.create_task(self._read(source, stream))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._news.set()

    async def lines(self) -> AsyncIterator[tuple[str, LogLine]]:
        """Name of the stream and line; ends with the last stream, and where ``lasting`` never."""
        while True:
            await self._settled()
            source = min((each for each in self._sources if each.lines), key=_next_at, default=None)
            if source is not None:
                yield source.name, source.take()
                continue
            self._sources = [each for each in self._sources if not each.ended]
            if not self._sources and not self._lasting:
                return
            self._news.clear()
            await self._news.wait()

    async def close(self) -> None:
        """End all streams."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _settled(self) -> None:
        if not any(source.lacking for source in self._sources):
            return  # a deadline for each line would cost more than the line
        try:
            async with asyncio.timeout(self._patience):
                while any(source.lacking for source in self._sources):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            for source in (source for source in self._sources if source.lacking):
                self._give_up(source)

    def _give_up(self, source: _Source) -> None:
        if self._lasting:
            source.quiet = True
        else:
            self.failures[source.name] = f"the engine did not go on within {self._patience:.0f} s"
            source.ended = True

    async def _read(self, source: _Source, stream: AsyncIterator[LogLine]) -> None:
        with self._ending(source):
            async for line in stream:
                source.put(line)
                self._news.set()
                await source.space.wait()

    @contextmanager
    def _ending(self, source: _Source) -> Iterator[None]:
        try:
            yield
        except EngineError as error:
            self.failures[source.name] = error.what
        finally:
            source.ended = True
            self._news.set()


def _next_at(source: _Source) -> float:
    return source.lines[0].at
