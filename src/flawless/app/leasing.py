"""Holding the stack's lease while work is done, and the leases that humans take."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from getpass import getuser
from pathlib import Path

from msgspec import Struct

from flawless.app.hooks import refuse_within_hook
from flawless.app.journal import interrupted
from flawless.app.session import Asked, Progress, Session, open_session
from flawless.config import ledger_path
from flawless.deploy import lease as leases
from flawless.deploy.lease import BEAT_SECONDS, Lease, Owner
from flawless.errors import DeployError, EngineError, RefusedError
from flawless.ports.bundle import Ports
from flawless.ports.clock import iso
from flawless.ports.relay import Relay

_LOST = "the lease is lost: the connection to the engine broke, or somebody took it over; the work was broken off"
_AFTER_LOSS = "once the engine answers and nobody else is at work: flawless recover, or the same command again"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Held(Struct, frozen=True):
    """A held lease and what the report must say of it."""

    notes: tuple[str, ...]


@asynccontextmanager
async def lease_of(session: Session, purpose: str, *, half_restored: bool = False) -> AsyncIterator[Held]:
    """The lease of the session's stack; RefusedError while somebody else holds it, and within a hook.

    Refused also after a restore that was cut off, for what serves must not come up on half of the data;
    ``half_restored`` is for those who only copy it or put it right. DeployError when the lease is lost meanwhile.
    """
    refuse_within_hook()
    image, owner = await _image(session), _owner(session.ports, purpose)
    lease = await leases.acquire(session.ports.engine, session.ports.clock, session.stack.name, owner, image)
    notes = (f"took over the lease of {lease.taken_over}, which is dead",) if lease.taken_over else ()
    for note in notes:
        session.progress(note)
    work = asyncio.current_task()
    assert work is not None
    beating = asyncio.create_task(_beat(session, lease, work))
    try:
        if not half_restored:
            _refuse_half_restored(session)
        yield Held(notes)
    except asyncio.CancelledError:
        if not beating.done():
            raise
        work.uncancel()  # it was us, and not somebody who wants all of it to end
        raise DeployError(_LOST, exit_code=5, remedy=_AFTER_LOSS) from None
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        # An engine that went away takes the lease with it; that must not hide why the work ended.
        with suppress(EngineError):
            await lease.release()


def _refuse_half_restored(session: Session) -> None:
    if not os.path.lexists(ledger_path(session.root, session.asked.ledger)):
        return
    ledger = session.ledger()
    try:
        found = interrupted(ledger, session.stack.name)
    finally:
        ledger.close()
    if found and found[1].data:
        raise RefusedError("a restore was cut off, and the data may be half restored", remedy=found[1].data)


async def _beat(session: Session, lease: Lease, work: asyncio.Task[object]) -> None:
    """Show every few seconds that we live; come to an end, and end the work, when the lease is lost."""
    while True:
        await session.ports.clock.sleep(BEAT_SECONDS)
        try:
            await lease.beat()
        except Exception:  # the client library has many ways to say that a connection is gone
            session.progress(_LOST)
            work.cancel()
            return


async def _image(session: Session) -> str:
    return await (session.ports.relay or Relay(session.ports.engine)).image()


def _owner(ports: Ports, purpose: str, *, human: bool = False) -> Owner:
    boot = _BOOT_ID.read_text().strip() if _BOOT_ID.is_file() else ""
    since = iso(ports.clock.now())
    return Owner(getuser(), socket.gethostname(), os.getpid(), since, purpose, boot, human)


async def lock(root: Path, ports: Ports, asked: Asked, message: str, progress: Progress) -> str:
    """Take a human's lease of the stack in a folder; a sentence that says so. RefusedError while it is held."""
    refuse_within_hook()
    session = await open_session(root, ports, asked, progress)
    owner, image = _owner(ports, message, human=True), await _image(session)
    taken_over = await leases.lock(ports.engine, ports.clock, session.stack.name, owner, image)
    dead = f"; it took over the lease of {taken_over}, which is dead" if taken_over else ""
    return f"{session.stack.name} is locked{dead}. Nothing is deployed until: flawless unlock"


async def unlock(root: Path, ports: Ports, asked: Asked, progress: Progress) -> str:
    """End a human's lease; a sentence that says whose it was. RefusedError while somebody deploys."""
    session = await open_session(root, ports, asked, progress)
    owner = await leases.unlock(ports.engine, ports.clock, session.stack.name)
    return f"the lease of {owner} is ended" if owner else f"nobody holds {session.stack.name}"
