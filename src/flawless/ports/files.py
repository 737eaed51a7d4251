"""Files: reading what may be garbage, and writing so that a crash leaves the old or the new, never half."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Protocol

from flawless.errors import UsageError

MOST_BYTES = 10 * 1024 * 1024


class Files(Protocol):
    """Reads and writes files."""

    def read_text(self, path: Path) -> str:
        """The text of a file; UsageError names the path when it is missing, too large, or no text."""

    def write(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        """Put ``content`` in place at once; UsageError names the path when that cannot be done."""


class RealFiles:
    """The machine's files."""

    def read_text(self, path: Path) -> str:
        """See ``Files.read_text``."""
        try:
            if path.stat().st_size > MOST_BYTES:
                raise UsageError(f"{path} is larger than {MOST_BYTES // 1024 // 1024} MB", remedy="name another file")
            return path.read_bytes().decode("utf-8-sig")
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
