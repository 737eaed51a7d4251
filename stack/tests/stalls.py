"""Whether the machine itself stood still: then nothing that was measured meanwhile tells of the site."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from types import TracebackType

_EVERY = 0.1


class Stalls:
    """While it is entered, a thread sleeps and writes to the disk, and keeps the longest time that either took.

    ``longest`` is in seconds. Neither waits for the site: a processor or a disk that is away shows here too.
    """

    def __init__(self, folder: Path) -> None:
        self.longest = 0.0
        self._file = folder / "stalls"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Stalls:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._over.wait(_EVERY):
            with self._file.open("wb") as file:
                file.write(b"x")
                file.flush()
                os.fsync(file.fileno())
            now = time.monotonic()
            self.longest = max(self.longest, now - before - _EVERY)
            before = now
