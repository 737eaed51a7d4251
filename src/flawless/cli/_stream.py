"""Writing without end to a reader that may be slow or go away."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from flawless.cli._output import readable

_PIECE = 4_096  # a pipe that can take anything takes this much at once (pipe(7), PIPE_BUF)
_PAUSE = 0.02
_LATEST = 0.1


class Stream:
    """Text to standard output in pieces; while the reader is busy, the caller waits and the program can still end.

    A reader that is gone is a BrokenPipeError.
    """

    def __init__(self) -> None:
        os.set_blocking(sys.stdout.fileno(), True)
        self._held = bytearray()
        self._encoding = sys.stdout.encoding or "utf-8"

    async def write(self, text: str) -> None:
        """Write, sooner or later."""
        self._held += readable(text, self._encoding).encode(self._encoding, "replace")
        while len(self._held) >= _PIECE:
            await self._pass_on()

    async def flush(self) -> None:
        """Write all that is held."""
        while self._held:
            await self._pass_on()

    @asynccontextmanager
    async def passing_on(self) -> AsyncIterator[None]:
        """Meanwhile nothing is held for long; afterwards nothing at all."""
        async with asyncio.TaskGroup() as group:
            flushing = group.create_task(self._keep_flushing())
            yield
            await self.flush()
            flushing.cancel()

    async def _keep_flushing(self) -> None:
        while True:
            await asyncio.sleep(_LATEST)
            await self.flush()

    async def _pass_on(self) -> None:
        # Asked again and again, because the loop's own watching takes no files (epoll(7)).
        while not select.select([], [sys.stdout], [], 0)[1]:  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE)
        sys.stdout.buffer.write(self._held[:_PIECE])
        sys.stdout.buffer.flush()
        del self._held[:_PIECE]
