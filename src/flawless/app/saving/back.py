"""The data of a running stack given way to that of a backup, part by part, and compared with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flawless.app.saving.copy import Place, mounted, volume_named
from flawless.app.saving.put import differences, keys_of, put_database, put_rdb, put_volume
from flawless.app.schema import servers
from flawless.deploy.rollout import grace_of
from flawless.deploy.site import observe
from flawless.deploy.throwaway import up
from flawless.errors import EngineError, UsageError
from flawless.model.backup import Part, PartKind
from flawless.ports.redisserver import RedisServer

_MADE_AGAIN = ("Name", "Driver", "Labels")


async def put_back(place: Place, parts: Iterable[Part], folder: Path) -> tuple[str, ...]:
    """Restore each part; one sentence each of what is there then. Nothing may write to it meanwhile.

    Raise EngineError or UsageError for the first that cannot be restored or is not what the backup holds.
    """
    said = []
    for part in parts:
        place.progress(f"restoring {part.database or part.subject}")
        said.append(await _BACK[part.kind](place, part, folder / part.file))
    return tuple(said)


async def _postgres(place: Place, part: Part, path: Path) -> str:
    await place.running(part.subject)
    server = (await servers(place.stack, place.ports))[part.subject]
    rows = await put_database(server, part, path)
    _refuse_different(part, differences(part.rows, rows))
    return f"{part.database}: {sum(rows.values())} rows in {len(rows)} tables, as in the backup"


async def _redis(place: Place, part: Part, path: Path) -> str:
    engine = place.ports.engine
    states = (await observe(place.stack, place.ports)).get(part.subject, ())
    if not states:
        raise UsageError(f"{part.subject} has no container to restore into", remedy="flawless deploy makes one")
    state = states[0]  # running or not: a restore that failed may have left it stopped
    service = place.stack.service(part.subject)
    await engine.stop(state.id, grace_of(service) if service else 0.0)
    await put_rdb(engine, state.id, part, path)
    await up(engine, place.ports.clock, state.id, RedisServer(engine, state.id).ready)
    keys = await keys_of(engine, state.id)
    _refuse_different(part, differences(part.rows, keys))
    return f"{part.subject}: {sum(keys.values())} keys that do not expire, as in the backup"


async def _volume(place: Place, part: Part, path: Path) -> str:
    """A volume is emptied by making it anew, with its name and labels; the containers that have it go for that."""
    engine = place.ports.engine
    volume = await volume_named(place, part.subject)
    if (volume.get("Options") or {}) or volume.get("Driver") != "local":
        what = f"volume {volume['Name']} has a driver or options of its own: it is not made anew"
        raise UsageError(what, remedy=f"unpack {path} into it by hand")
    for states in (await observe(place.stack, place.ports)).values():
        for state in states:
            if any(held.name == volume["Name"] for held in state.volumes):
                await engine.remove(state.id, force=True)
    await engine.remove_volume(volume["Name"])
    await engine.create_volume({name: volume[name] for name in _MADE_AGAIN})
    async with mounted(place, volume["Name"]) as ref:
        content = await put_volume(engine, ref, part, path)
    if content != part.content:
        raise EngineError(f"volume {part.subject} was unpacked and is not what the backup holds")
    return f"{part.subject}: every file as in the backup"


def _refuse_different(part: Part, found: tuple[str, ...]) -> None:
    if found:
        what = f"{part.file} was restored, and what is there is not what the backup holds: {'; '.join(found)}"
        raise EngineError(what)


_BACK = {PartKind.POSTGRES: _postgres, PartKind.REDIS: _redis, PartKind.VOLUME: _volume}
