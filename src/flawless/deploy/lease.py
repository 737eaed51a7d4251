"""One deploy at a time per stack: a lease that lives with the engine and dies with its owner.

The lease is a container of a fixed name, so that the engine itself lets only one exist, also for two machines. Its
process reads from the owner's connection and ends when that closes: a running lease has a living owner, whatever
killed the last one.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from flawless.errors import EngineError, RefusedError
from flawless.ports.clock import Clock
from flawless.ports.engine import Duplex, Engine, Json

_LABEL = "flawless.lease"
_OWNER = "flawless.owner"
_TRIES = 3
_TIMEOUT = 30.0
_STARTING = 5.0
_CONFLICT = "already in use"


class Owner(Struct, frozen=True):
    """Who holds a lease: user, host, process, since when (ISO 8601), and what for."""

    user: str
    host: str
    process: int
    since: str
    purpose: str

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.process}) since {self.since}, {self.purpose}"


class Lease:
    """A held lease; ``taken_over`` says whose dead one it replaced ("" for none)."""

    def __init__(self, held: Duplex, taken_over: str) -> None:
        self._held = held
        self.taken_over = taken_over

    async def release(self) -> None:
        """Give it up."""
        await self._held.finish()


async def acquire(engine: Engine, clock: Clock, stack: str, owner: Owner, image: str) -> Lease:
    """Take the lease of a stack; raise RefusedError naming the owner while a living one holds it.

    ``image`` is one whose command ``hold`` ends with its standard input.
    """
    name = f"flawless-lease-{stack}"
    taken_over = ""
    for _ in range(_TRIES):
        holder = await _settled(engine, clock, name)
        if holder is not None:
            if holder["State"]["Status"] == "running":
                raise RefusedError(f"{_owner(holder)} deploys {stack}", remedy="wait until it is done, then try again")
            taken_over = _owner(holder)
            await engine.remove(holder["Id"], force=True)
        try:
            return Lease(await engine.attach(_config(stack, owner, image), timeout=_TIMEOUT, name=name), taken_over)
        except EngineError as error:
            if _CONFLICT not in error.what:
                raise
    raise RefusedError(f"somebody else took the lease of {stack} just now", remedy="try again in a moment")


async def _settled(engine: Engine, clock: Clock, name: str) -> Json | None:
    """The holder; one that is only created is given time to start, for its owner may have died in between."""
    holder = await engine.container(name)
    if holder is not None and holder["State"]["Status"] == "created":
        await clock.sleep(_STARTING)
        holder = await engine.container(name)
    return holder


def _owner(holder: Json) -> str:
    raw = (holder["Config"].get("Labels") or {}).get(_OWNER, "")
    try:
        return str(msgspec.json.decode(raw, type=Owner))
    except msgspec.DecodeError:
        return "somebody"


def _config(stack: str, owner: Owner, image: str) -> Json:
    return {
        "Image": image,
        "Cmd": ["hold"],
        "Labels": {_LABEL: stack, _OWNER: msgspec.json.encode(owner).decode()},
        "NetworkDisabled": True,
        "HostConfig": {"ReadonlyRootfs": True, "CapDrop": ["ALL"], "NetworkMode": "none"},
    }
