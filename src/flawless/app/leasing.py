"""Holding the stack's lease while work is done."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from getpass import getuser

from msgspec import Struct

from flawless.app.session import Session
from flawless.deploy.lease import Owner, acquire
from flawless.errors import EngineError
from flawless.ports.clock import iso
from flawless.ports.relay import Relay


class Held(Struct, frozen=True):
    """A held lease and what the report must say of it."""

    notes: tuple[str, ...]


@asynccontextmanager
async def lease_of(session: Session, purpose: str) -> AsyncIterator[Held]:
    """The lease of the session's stack; RefusedError while somebody else holds it."""
    relay = session.ports.relay or Relay(session.ports.engine)
    image = await relay.image()
    owner = Owner(getuser(), socket.gethostname(), os.getpid(), iso(session.ports.clock.now()), purpose)
    lease = await acquire(session.ports.engine, session.ports.clock, session.stack.name, owner, image)
    notes = (f"took over the lease of {lease.taken_over}, which is dead",) if lease.taken_over else ()
    for note in notes:
        session.progress(note)
    try:
        yield Held(notes)
    finally:
        # An engine that went away takes the lease with it; that must not hide why the work ended.
        with suppress(EngineError):
            await lease.release()
