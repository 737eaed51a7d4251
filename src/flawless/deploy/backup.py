"""A copy of a database in files of our own, taken before anything moves it."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from msgspec import Struct

from flawless.errors import UsageError
from flawless.ports.files import write_pieces
from flawless.ports.postgres import Postgres

FOLDER = "backups"
DUMP_SECONDS = 1800.0
ROLES = "roles.sql"
_PIECE = 1 << 20
_PLAIN = re.compile(r"[^\w.-]")


class Backup(Struct, frozen=True):
    """One database in ``pg_dump``'s custom format; ``size`` in bytes, ``digest`` the SHA-256 in hex."""

    database: str
    path: Path
    size: int
    digest: str

    def pieces(self) -> Iterator[bytes]:
        """Its content, a megabyte at a time."""
        with self.path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                yield piece


async def take(server: Postgres, service: str, folder: Path) -> tuple[Backup, ...]:
    """Dump every database of a server that has a table into ``folder``, with its roles (no passwords) beside.

    Raise UsageError when there is no room, EngineError when ``pg_dump`` fails; what was written until then stays.
    """
    databases = [name for name, columns in (await server.columns()).items() if columns]
    if not databases:
        return ()
    await _need_room(server, folder)
    taken = []
    for database in databases:
        path = folder / _PLAIN.sub("_", f"{service}-{database}.dump")
        size, digest = await write_pieces(path, server.dump(database, seconds=DUMP_SECONDS))
        await write_pieces(path.with_suffix(".sha256"), _once(f"{digest}  {path.name}\n".encode()))
        taken.append(Backup(database, path, size, digest))
    await write_pieces(roles_file(folder, service), _once((await server.roles()).encode()))
    return tuple(taken)


def roles_file(folder: Path, service: str) -> Path:
    """Where the statements that make a server's roles are."""
    return folder / _PLAIN.sub("_", f"{service}-{ROLES}")


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _need_room(server: Postgres, folder: Path) -> None:
    """A dump is compressed: as much room as the database takes is plenty."""
    needed = await server.size()
    above = next(each for each in (folder, *folder.parents) if each.is_dir())
    free = (await asyncio.to_thread(shutil.disk_usage, above)).free
    if free < needed:
        megabytes = f"{needed >> 20} MB are needed, {free >> 20} MB are free"
        raise UsageError(f"no room for a backup in {folder.parent}: {megabytes}", remedy="free some space")


def keep_newest(folder: Path, keep: int) -> None:
    """Remove all but the newest backups; their folders are named after releases, whose names sort by time."""
    if folder.is_dir():
        for old in sorted(path for path in folder.iterdir() if path.is_dir())[:-keep]:
            shutil.rmtree(old, ignore_errors=True)
