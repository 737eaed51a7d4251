"""One deploy at a time per stack: a lease that lives with the engine and dies with its owner.

The lease is a container of a fixed name, so that the engine itself lets only one exist, also for two machines. Its
process reads from the owner's connection and ends when that closes: a running lease has a living owner, whatever
killed the last one. The owner writes to it every few seconds, and the engine keeps when: where the network is cut and
nobody closes the connection, the lease counts as dead after a minute without a word.

A human's lease is a container that is never started. It stays until somebody ends it, and is never taken over.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from flawless.errors import EngineError, RefusedError
from flawless.ports.clock import Clock
from flawless.ports.engine import Duplex, Engine, Json
from flawless.ports.streams import engine_time

BEAT_SECONDS = 5.0
SILENT_SECONDS = 60.0
_LABEL = "flawless.lease"
_OWNER = "flawless.owner"
_TRIES = 3
_TIMEOUT = 30.0
_STARTING = 5.0
_CONFLICT = "already in use"
_LOG = {"Type": "json-file", "Config": {"max-size": "16k", "max-file": "1"}}


class Owner(Struct, frozen=True):
    """Who holds a lease: user, host, process, since when (ISO 8601), and what for; ``boot`` is that machine's boot id.

    A ``human`` one is held by nobody's process; the purpose is what they say of it.
    """

    user: str
    host: str
    process: int
    since: str
    purpose: str
    boot: str = ""
    human: bool = False

    def __str__(self) -> str:
        if not self.host:
            return self.user
        boot = f", boot {self.boot[:8]}" if self.boot else ""
        process = "" if self.human else f" (process {self.process}{boot})"
        return f"{self.user}@{self.host}{process} since {self.since}, {self.purpose}"


_SOMEBODY = Owner("somebody", "", 0, "", "")


class Lease:
    """A held lease; ``taken_over`` says whose dead one it replaced ("" for none)."""

    def __init__(self, held: Duplex, taken_over: str) -> None:
        self._held = held
        self.taken_over = taken_over

    async def beat(self) -> None:
        """Show that the owner lives; raise what the connection raises when the lease is lost."""
        await self._held.send(b"\n")

    async def release(self) -> None:
        """Give it up."""
        await self._held.finish()


async def acquire(engine: Engine, clock: Clock, stack: str, owner: Owner, image: str) -> Lease:
    """Take the lease of a stack; raise RefusedError naming the owner while a living one or a human holds it.

    ``image`` is one whose command ``hold`` ends with its standard input.
    """
    taken_over = ""
    for _ in range(_TRIES):
        taken_over = await _clear(engine, clock, stack) or taken_over
        try:
            held = await engine.attach(_config(stack, owner, image), timeout=_TIMEOUT, name=_name(stack))
            return Lease(held, taken_over)
        except EngineError as error:
            if _CONFLICT not in error.what:
                raise
    raise RefusedError(f"somebody else took the lease of {stack} just now", remedy="try again in a moment")


async def lock(engine: Engine, clock: Clock, stack: str, owner: Owner, image: str) -> str:
    """Take a human's lease; whose dead one it replaced ("" for none). RefusedError while somebody holds it."""
    taken_over = await _clear(engine, clock, stack)
    try:
        await engine.create(_config(stack, owner, image), _name(stack))
    except EngineError as error:
        if _CONFLICT not in error.what:
            raise
        what = f"somebody else took the lease of {stack} just now"
        raise RefusedError(what, remedy="try again in a moment") from error
    return taken_over


async def unlock(engine: Engine, clock: Clock, stack: str) -> str:
    """End a human's lease, or a dead one's; whose it was, "" when there was none. RefusedError for a living one."""
    holder = await engine.container(_name(stack))
    if holder is not None and _owner(holder).human:
        await engine.remove(holder["Id"], force=True)
        return str(_owner(holder))
    return await _clear(engine, clock, stack)


def _name(stack: str) -> str:
    return f"flawless-lease-{stack}"


async def _clear(engine: Engine, clock: Clock, stack: str) -> str:
    """Remove a dead holder and answer whose it was; RefusedError for a human's and for a living one."""
    holder = await _settled(engine, clock, _name(stack))
    if holder is None:
        return ""
    owner = _owner(holder)
    if owner.human:
        what = f"{owner.user}@{owner.host} holds {stack} since {owner.since}: {owner.purpose}"
        raise RefusedError(what, remedy="ask them, or end it with: flawless unlock")
    if holder["State"]["Status"] == "running":
        silent = await _silence(engine, holder)
        if silent is None or silent < SILENT_SECONDS:
            said = "" if silent is None else f"last heartbeat {silent:.0f} s ago"
            what = f"{owner} deploys {stack}"
            raise RefusedError(what, where=said, remedy="wait until it is done, then try again")
    await engine.remove(holder["Id"], force=True)
    return str(owner)


async def _settled(engine: Engine, clock: Clock, name: str) -> Json | None:
    """The holder; one that is only created is given time to start, for its owner may have died in between."""
    holder = await engine.container(name)
    if holder is not None and holder["State"]["Status"] == "created" and not _owner(holder).human:
        await clock.sleep(_STARTING)
        holder = await engine.container(name)
    return holder


async def _silence(engine: Engine, holder: Json) -> float | None:
    """Seconds since its owner's last word, by the engine's own clock; None where it cannot be told."""
    try:
        words = await engine.logs(holder["Id"], tail=1)
        now = engine_time((await engine.info()).get("SystemTime", ""))
    except EngineError:
        return None
    return max(0.0, now - words[-1].at) if words and now else None


def _owner(holder: Json) -> Owner:
    raw = (holder["Config"].get("Labels") or {}).get(_OWNER, "")
    try:
        return msgspec.json.decode(raw, type=Owner)
    except msgspec.DecodeError:
        return _SOMEBODY


def _config(stack: str, owner: Owner, image: str) -> Json:
    return {
        "Image": image,
        "Cmd": ["hold"],
        "Labels": {_LABEL: stack, _OWNER: msgspec.json.encode(owner).decode()},
        "NetworkDisabled": True,
        "HostConfig": {"ReadonlyRootfs": True, "CapDrop": ["ALL"], "NetworkMode": "none", "LogConfig": _LOG},
    }
