"""Files: reading what may be garbage, and writing so that a crash leaves the old or the new, never half."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from flawless.errors import UsageError

MOST_BYTES = 10 * 1024 * 1024

_IGNORE_ALL = "# History and evidence of deployments; nothing here belongs into version control.\n*\n"


def make_state_folder(path: Path) -> None:
    """Make the folder that flawless keeps beside a stack: for its owner only, ignored by git. Raises OSError."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignore = path / ".gitignore"
    if not ignore.exists():
        ignore.write_text(_IGNORE_ALL, encoding="utf-8")


async def write_pieces(path: Path, pieces: AsyncIterator[bytes]) -> tuple[int, str]:
    """Put what comes piece by piece in place at once, for its owner only: bytes and SHA-256 in hex.

    Raise UsageError that names the path when that cannot be done; what the pieces raise passes, and nothing is left.
    """
    part = path.with_name(f".{path.name}.part")
    total, size = hashlib.sha256(), 0
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            async for piece in pieces:
                stream.write(piece)
                total.update(piece)
                size += len(piece)
            stream.flush()
            await asyncio.to_thread(os.fsync, stream.fileno())
        part.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", remedy="free some space") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return size, total.hexdigest()


class Files(Protocol):
    """Reads and writes files."""

    def read_text(self, path: Path) -> str:
        """The text of a file; UsageError names the path when it is missing, too large, or no text."""

    def write(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        """Put ``content`` in place at once; UsageError names the path when that cannot be done."""

    def remove(self, path: Path) -> None:
        """Remove a file or a folder with all in it; nothing happens when it is not there or may not be removed."""


class RealFiles:
    """The machine's files."""

    def read_text(self, path: Path) -> str:
        """See ``Files.read_text``."""
        try:
            with path.open("rb", buffering=0) as stream:
                if os.fstat(stream.fileno()).st_size > MOST_BYTES:
                    what = f"{path} is larger than {MOST_BYTES // 1024 // 1024} MB"
                    raise UsageError(what, remedy="name another file")
                return stream.readall().decode("utf-8-sig")
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{path} is not UTF-8 text (byte {error.start})") from error

    def write(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        """See ``Files.write``."""
        temporary = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(mode)
            Path(temporary).replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise UsageError(
                f"cannot write {path}: {error.strerror}", remedy="free some space or name another folder"
            ) from error

    def remove(self, path: Path) -> None:
        """See ``Files.remove``."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
            return
        with contextlib.suppress(OSError):
            path.unlink()
