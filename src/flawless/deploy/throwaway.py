"""A throwaway container that is like one that runs, with volumes of its own and no network: to try a restore in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from flawless.deploy.rehearsal_model import LABEL
from flawless.errors import EngineError
from flawless.ports.clock import Clock
from flawless.ports.engine import Engine, Json
from flawless.ports.strays import SHARES

UP_SECONDS = 90.0
_POLL = 0.2
_CONFIG = ("Cmd", "Entrypoint", "Env", "User", "WorkingDir")
_HOST = (
    "Tmpfs", "ReadonlyRootfs", "CapAdd", "CapDrop", "SecurityOpt", "Memory", "ShmSize", "Init", "NanoCpus", "PidsLimit",
    "Ulimits", "GroupAdd",
)  # fmt: skip


def throwaway(raw: Json, stack: str) -> Json:
    """What to create, from an inspected container. Pure.

    The label is that of a rehearsal: what a killed run left goes with the next deploy, or the next backup.
    """
    config, host = raw["Config"], raw["HostConfig"]
    return {
        **{name: config[name] for name in _CONFIG if config.get(name)},
        "Image": raw["Image"],
        "Labels": {LABEL: stack},
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": {
            **{name: host[name] for name in _HOST if host.get(name)},
            "NetworkMode": "none",
            "CpuShares": SHARES,
            "Mounts": [_mount(mount) for mount in raw.get("Mounts") or () if mount["Type"] in ("bind", "volume")],
        },
    }


def _mount(mount: Json) -> Json:
    """What can only be read is mounted too; all else is an empty volume that goes with the container."""
    if mount["Type"] == "bind" and not mount.get("RW"):
        return {"Type": "bind", "Source": mount["Source"], "Target": mount["Destination"], "ReadOnly": True}
    return {"Type": "volume", "Target": mount["Destination"]}


@asynccontextmanager
async def like(engine: Engine, ref: str, stack: str) -> AsyncIterator[str]:
    """A container like a running one, created and not yet started; removed behind its use. Raise EngineError."""
    raw = await engine.container(ref)
    if raw is None:
        raise EngineError(f"container {ref[:12]} is gone")
    made = await engine.create(throwaway(raw, stack))
    try:
        yield made
    finally:
        await asyncio.shield(engine.remove(made, force=True))


async def up(engine: Engine, clock: Clock, ref: str, ready: Callable[[], Awaitable[bool]]) -> None:
    """Start it and wait until it is ready; raise EngineError with its last line when it does not become so."""
    await engine.start(ref)
    end = clock.monotonic() + UP_SECONDS
    while not await _ready(engine, ref, ready):
        state = (await engine.container(ref) or {}).get("State") or {}
        if state.get("Status") != "running" or clock.monotonic() > end:
            lines = await engine.logs(ref, tail=1)
            raise EngineError(f"a throwaway copy did not come up: {lines[-1].text if lines else 'it said nothing'}")
        await clock.sleep(_POLL)


async def _ready(engine: Engine, ref: str, ready: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await ready()
    except EngineError:
        return False
