"""One at a time on this machine: a file that is held while something is done, and free again however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flawless.errors import RefusedError, UsageError


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """Hold ``path``; RefusedError that names ``what`` while another process does, UsageError when it cannot be made."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", remedy="make the folder writable") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RefusedError(f"{what} already", where=str(path), remedy="wait until it has ended") from error
        yield
    finally:
        os.close(handle)
