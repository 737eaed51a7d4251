"""Tar archives in pieces: made of files larger than memory, and compared by what is in them."""

from __future__ import annotations

import asyncio
import hashlib
import tarfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from flawless.errors import UsageError

_PIECE = 1 << 20


async def file_pieces(path: Path) -> AsyncIterator[bytes]:
    """A file's content, a megabyte at a time. Raise UsageError when it cannot be read."""
    try:
        with path.open("rb") as stream:
            while piece := await asyncio.to_thread(stream.read, _PIECE):
                yield piece
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


async def tar_of(members: Iterable[tuple[tarfile.TarInfo, Path | bytes]]) -> AsyncIterator[bytes]:
    """A tar of some members, each with its content or the file that has it."""
    for info, content in members:
        yield info.tobuf(tarfile.PAX_FORMAT)
        if isinstance(content, bytes):
            yield content
        else:
            async for piece in file_pieces(content):
                yield piece
        yield tarfile.NUL * (-info.size % tarfile.BLOCKSIZE)
    yield tarfile.NUL * tarfile.BLOCKSIZE * 2


def content_digest(path: Path) -> tuple[str, int]:
    """A digest in hex over all members of a tar, whatever their order and times, and how many they are.

    Names, kinds, owners, modes, link targets and contents count. Raise UsageError for what is no whole tar.
    """
    try:
        with tarfile.open(path, "r|") as archive:
            found = [_member_digest(archive, member) for member in archive]
    except (tarfile.TarError, OSError, EOFError) as error:
        raise UsageError(f"{path.name} is no whole archive: {error}", remedy="take the backup again") from error
    return hashlib.sha256(b"".join(sorted(found))).hexdigest(), len(found)


def _member_digest(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    traits = (member.name, member.type, member.mode & 0o7777, member.uid, member.gid, member.size, member.linkname)
    total = hashlib.sha256(repr(traits).encode(errors="surrogateescape"))
    if stream := archive.extractfile(member) if member.isreg() else None:
        while piece := stream.read(_PIECE):
            total.update(piece)
    return total.digest()
