"""The streams of containers and commands in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flawless.testing.fakes import MemoryEngine


class Echo:
    """The streams of a container in memory: what is sent is received."""

    def __init__(self, engine: MemoryEngine, ref: str) -> None:
        self._engine = engine
        self._ref = ref
        self._sent: list[bytes] = []

    async def send(self, data: bytes) -> None:
        """See ``Duplex.send``."""
        self._sent.append(data)

    async def receive(self) -> bytes:
        """See ``Duplex.receive``."""
        return self._sent.pop(0) if self._sent else b""

    async def finish(self) -> tuple[int, str]:
        """See ``Duplex.finish``."""
        await self.abandon()
        return 0, ""

    async def abandon(self) -> None:
        """See ``Duplex.abandon``."""
        await self._engine.remove(self._ref, force=True)


class Said:
    """The streams of a command in memory: it says one thing and ends; a status other than 0 says it as an error."""

    def __init__(self, output: bytes, status: int) -> None:
        self._left = b"" if status else output
        self._ended = status, output.decode() if status else ""

    async def send(self, data: bytes) -> None:
        """See ``Duplex.send``: nobody reads it."""

    async def receive(self) -> bytes:
        """See ``Duplex.receive``."""
        said, self._left = self._left, b""
        return said

    async def finish(self) -> tuple[int, str]:
        """See ``Duplex.finish``."""
        return self._ended

    async def abandon(self) -> None:
        """See ``Duplex.abandon``."""
