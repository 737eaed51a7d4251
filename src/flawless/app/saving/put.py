"""Putting a part of a backup in the place of what is there, and seeing that it is what was copied."""

from __future__ import annotations

import asyncio
import io
import re
import tarfile
from pathlib import Path

from flawless.app.saving.copy import MOUNTED
from flawless.deploy.backup import DUMP_SECONDS, Backup
from flawless.errors import EngineError
from flawless.model.backup import Part
from flawless.ports.engine import Engine
from flawless.ports.files import write_pieces
from flawless.ports.postgres import Postgres
from flawless.ports.redisserver import RedisServer, data_files
from flawless.ports.tars import content_digest, file_pieces, tar_of

RESTORE_SECONDS = DUMP_SECONDS
_OWNER = 999
_ROLES = "select quote_ident(rolname) from pg_roles"
_ROLE = re.compile(r'(CREATE|ALTER) ROLE ("(?:[^"]|"")+"|[^\s;]+)')


async def put_database(server: Postgres, part: Part, path: Path) -> dict[str, int]:
    """Put a dump in the place of its database; the rows that are there then. Raise EngineError."""
    there = frozenset((await server.ask(_ROLES)).splitlines())
    for name in part.beside:
        roles = missing_roles(await asyncio.to_thread(path.with_name(name).read_text), there)
        if roles:
            await server.apply(roles)
    dump = Backup(part.database, path, part.size, part.digest)
    await server.restore(dump.pieces(), part.size, seconds=RESTORE_SECONDS)
    return (await server.rows()).get(part.database, {})


def missing_roles(statements: str, there: frozenset[str]) -> str:
    """Of what ``pg_dumpall --roles-only`` wrote the lines that make roles that are not there yet. Pure.

    A role that is there stays as it is: its password and its rights are not a backup's to change.
    """
    lines = [(found[2], line) for line in statements.splitlines() if (found := _ROLE.match(line))]
    return "\n".join(line for name, line in lines if name not in there)


async def put_rdb(engine: Engine, ref: str, part: Part, path: Path) -> None:
    """Place an RDB file where a Redis that does not run will load it. Raise EngineError."""
    folder = part.facts.get("dir") or "/data"
    owner = await _owner(engine, ref, folder)
    name, others = data_files(part.facts)
    members: list[tuple[tarfile.TarInfo, Path | bytes]] = []
    if "/" in name:
        parent = _member(name.rpartition("/")[0], owner, 0)
        parent.type, parent.mode = tarfile.DIRTYPE, 0o755
        members.append((parent, b""))
    members.append((_member(name, owner, part.size), path))
    members += [(_member(other, owner, len(content)), content) for other, content in others.items()]
    await engine.put_archive(ref, folder, tar_of(members))


def _member(name: str, owner: tuple[int, int], size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o640
    info.uid, info.gid = owner
    return info


async def _owner(engine: Engine, ref: str, folder: str) -> tuple[int, int]:
    """Whose a container's folder is: the first member of its archive says so."""
    pieces = engine.archive(ref, folder)
    try:
        first = await anext(aiter(pieces), b"")
    finally:
        await pieces.aclose()  # type: ignore[attr-defined]
    try:
        with tarfile.open(fileobj=io.BytesIO(first), mode="r|") as archive:
            member = archive.next()
    except tarfile.TarError as error:
        raise EngineError(f"the engine gave no archive of {folder}", where=ref[:12]) from error
    return (member.uid, member.gid) if member else (_OWNER, _OWNER)


async def put_volume(engine: Engine, ref: str, part: Part, path: Path) -> str:
    """Unpack a tar into the empty volume that a container has mounted; a digest of what is there then."""
    await engine.put_archive(ref, "/", file_pieces(path))
    copy = path.with_name(f".{path.name}.read-back")
    try:
        await write_pieces(copy, engine.archive(ref, MOUNTED))
        content, _ = await asyncio.to_thread(content_digest, copy)
    finally:
        copy.unlink(missing_ok=True)
    return content


async def keys_of(engine: Engine, ref: str) -> dict[str, int]:
    """The keys of a Redis that runs, those that expire left out."""
    return await RedisServer(engine, ref).keys()


def differences(wanted: dict[str, int], found: dict[str, int]) -> tuple[str, ...]:
    """One sentence for each table, or database of Redis, whose number is another one; those of none are equal. Pure."""
    names = sorted({*wanted, *found})
    return tuple(
        f"{name}: {wanted.get(name, 0)} in the backup, {found.get(name, 0)} restored"
        for name in names
        if wanted.get(name, 0) != found.get(name, 0)
    )
