"""A backup is one when it was restored: each part is, into a throwaway container that is like the real one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec import structs

from flawless.app.saving.copy import Place, mounted
from flawless.app.saving.put import differences, keys_of, put_database, put_rdb, put_volume
from flawless.deploy.throwaway import like, up
from flawless.errors import EngineError
from flawless.model.backup import Part, PartKind
from flawless.ports.postgres import Postgres
from flawless.ports.redisserver import RedisServer


async def tried(place: Place, parts: Iterable[Part], folder: Path) -> tuple[Part, ...]:
    """The parts with how their restore went. Raise EngineError for one that cannot be restored, or lacks something.

    Rows are those that the restored copy has; what was counted beside the copy may have moved meanwhile.
    """
    done = []
    for part in parts:
        place.progress(f"restoring {part.file} into a throwaway container")
        start = place.ports.clock.monotonic()
        found = await _TRIALS[part.kind](place, part, folder / part.file)
        done.append(structs.replace(found, seconds=round(place.ports.clock.monotonic() - start, 2)))
    return tuple(done)


async def _postgres(place: Place, part: Part, path: Path) -> Part:
    engine, live = place.ports.engine, await place.running(part.subject)
    async with like(engine, live.id, place.stack.name) as ref:
        server = Postgres(engine, ref)
        await up(engine, place.ports.clock, ref, server.ready)
        rows = await put_database(server, part, path)
        version = await server.version()
    if missing := [table for table in part.rows if table not in rows]:
        raise EngineError(f"{part.file} was restored without the tables {', '.join(missing)}")
    told = f"restored into a throwaway PostgreSQL {version}: {sum(rows.values())} rows in {len(rows)} tables"
    return structs.replace(part, rows=rows, verified=told)


async def _redis(place: Place, part: Part, path: Path) -> Part:
    engine, live = place.ports.engine, await place.running(part.subject)
    async with like(engine, live.id, place.stack.name) as ref:
        await put_rdb(engine, ref, part, path)
        await up(engine, place.ports.clock, ref, RedisServer(engine, ref).ready)
        keys = await keys_of(engine, ref)
    if sum(part.rows.values()) and not sum(keys.values()):
        raise EngineError(f"{part.file} was restored without a key: {'; '.join(differences(part.rows, keys))}")
    told = f"loaded by a throwaway Redis: {sum(keys.values())} keys that do not expire"
    return structs.replace(part, rows=keys, verified=told)


async def _volume(place: Place, part: Part, path: Path) -> Part:
    async with mounted(place, "") as ref:
        content = await put_volume(place.ports.engine, ref, part, path)
    if content != part.content:
        raise EngineError(f"{part.file} was unpacked and is not what was copied")
    return structs.replace(part, verified="unpacked into a throwaway volume and read back: equal")


_TRIALS = {PartKind.POSTGRES: _postgres, PartKind.REDIS: _redis, PartKind.VOLUME: _volume}
