"""Taking the parts of a backup from what runs, without stopping anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from flawless.app.saving.chosen import Data, volumes_of, writers
from flawless.app.saving.kept import digest_of
from flawless.app.schema import servers
from flawless.deploy.backup import roles_file, take
from flawless.deploy.rehearsal_model import LABEL
from flawless.deploy.site import Progress, observe
from flawless.errors import EngineError, UsageError
from flawless.model.backup import Part, PartKind
from flawless.model.observed import ContainerState
from flawless.model.stack import Stack
from flawless.ports.bundle import Ports
from flawless.ports.engine import PROJECT_LABEL, VOLUME_LABEL, Engine, Json
from flawless.ports.files import write_pieces
from flawless.ports.redisserver import RedisServer
from flawless.ports.relay import Relay
from flawless.ports.tars import content_digest

RDB_SECONDS = 1800.0
MOUNTED = "/volume"


class Place(Struct, frozen=True):
    """Where data is copied from: a stack on an engine, and where to say what is done."""

    stack: Stack
    ports: Ports
    progress: Progress

    async def running(self, service: str) -> ContainerState:
        """The container of a service that runs; raise UsageError when none does."""
        states = (await observe(self.stack, self.ports)).get(service, ())
        found = next((each for each in states if each.state == "running"), None)
        if found is None:
            raise UsageError(f"{service} does not run, so it cannot be asked for its data", remedy="start it first")
        return found


async def copied(place: Place, data: Data, folder: Path) -> tuple[Part, ...]:
    """The parts of one thing, written to ``folder``. Raise UsageError or EngineError; files may be left then."""
    place.progress(f"copying {data.subject}")
    match data.kind:
        case PartKind.POSTGRES:
            return await _postgres(place, data.subject, folder)
        case PartKind.REDIS:
            return await _redis(place, data.subject, folder)
        case _:
            return (await _volume(place, data.subject, folder),)


async def _postgres(place: Place, service: str, folder: Path) -> tuple[Part, ...]:
    await place.running(service)
    server = (await servers(place.stack, place.ports))[service]
    taken = await take(server, service, folder)
    rows = await server.rows()
    roles = roles_file(folder, service)
    beside = {roles.name: digest_of(roles)} if taken else {}
    return tuple(
        Part(
            kind=PartKind.POSTGRES,
            subject=service,
            file=each.path.name,
            size=each.size,
            digest=each.digest,
            database=each.database,
            rows=rows.get(each.database, {}),
            beside=beside,
        )
        for each in taken
    )


async def _redis(place: Place, service: str, folder: Path) -> tuple[Part, ...]:
    """An RDB file; where Redis refuses one to the user that we can be, its volumes as they are."""
    state = await place.running(service)
    server = RedisServer(place.ports.engine, state.id)
    file = f"{service}.rdb"
    try:
        facts = await server.settings()
        size, digest = await write_pieces(folder / file, server.rdb(seconds=RDB_SECONDS))
        return (
            Part(
                kind=PartKind.REDIS,
                subject=service,
                file=file,
                size=size,
                digest=digest,
                rows=await server.keys(),
                facts=facts,
            ),
        )
    except EngineError as error:
        found = place.stack.service(service)
        if found is None or not volumes_of(found):
            raise
        place.progress(f"{service} is copied by its volume: {place.ports.masker.mask(error.what)}")
        return tuple([await _volume(place, key, folder) for key in volumes_of(found)])


async def _volume(place: Place, key: str, folder: Path) -> Part:
    file = f"{key}.tar"
    made = await volume_named(place, key)
    before = await _writing(place, key)
    async with mounted(place, made["Name"]) as ref:
        size, digest = await write_pieces(folder / file, place.ports.engine.archive(ref, MOUNTED))
    content, _ = await asyncio.to_thread(content_digest, folder / file)
    note = f"{', '.join(before)} ran meanwhile: the copy is not of one instant" if before else ""
    return Part(kind=PartKind.VOLUME, subject=key, file=file, size=size, digest=digest, content=content, note=note)


async def _writing(place: Place, key: str) -> tuple[str, ...]:
    """The services that run and may write to a volume."""
    states = await observe(place.stack, place.ports)
    names = (each.name for each in writers(place.stack, Data(PartKind.VOLUME, key)))
    return tuple(name for name in names if any(each.state == "running" for each in states.get(name, ())))


async def volume_named(place: Place, key: str) -> Json:
    """The volume of that key as the engine has it, found by the stack's label; UsageError when it is not there."""
    declared = next((each for each in place.stack.volumes if each.name == key), None)
    if declared is None or declared.external:
        raise UsageError(f"volume {key} does not belong to this stack alone", remedy="copy it where it belongs")
    labels = [f"{PROJECT_LABEL}={place.stack.name}", f"{VOLUME_LABEL}={key}"]
    found = await place.ports.engine.volumes(labels)
    if not found:
        raise UsageError(f"the engine has no volume {key} of {place.stack.name}", remedy="flawless deploy makes it")
    return found[0]


@asynccontextmanager
async def mounted(place: Place, volume: str) -> AsyncIterator[str]:
    """A container that has a volume at ``MOUNTED`` and never starts; removed behind its use.

    An empty name is a new volume, which goes with it.
    """
    engine: Engine = place.ports.engine
    image = await (place.ports.relay or Relay(engine)).image()
    mount = {"Type": "volume", "Target": MOUNTED, "VolumeOptions": {"NoCopy": True}}
    mounts = [{**mount, "Source": volume} if volume else mount]
    labels = {LABEL: place.stack.name}
    host = {"NetworkMode": "none", "Mounts": mounts}
    ref = await engine.create({"Image": image, "Cmd": ["-"], "Labels": labels, "HostConfig": host})
    try:
        yield ref
    finally:
        await asyncio.shield(engine.remove(ref, force=True))
