"""Where the schema of the stack's databases stands, and whether an older release may be brought back to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from flawless.app.session import Session
from flawless.app.store import Kept
from flawless.deploy.rehearsal_model import is_postgres
from flawless.deploy.site import observe
from flawless.errors import EngineError, RefusedError
from flawless.model.stack import Role, Stack
from flawless.ports.bundle import Ports
from flawless.ports.postgres import Postgres


async def servers(stack: Stack, ports: Ports) -> dict[str, Postgres]:
    """The stack's PostgreSQL servers that run now, by service."""
    states = await observe(stack, ports)
    named = (each.name for each in stack.with_role(Role.DATABASE) if is_postgres(stack, each))
    running = {name: [each.id for each in states.get(name, ()) if each.state == "running"] for name in named}
    return {name: Postgres(ports.engine, ids[0]) for name, ids in running.items() if ids}


async def schema_digest(stack: Stack, ports: Ports) -> str:
    """The SHA-256 in hex over the schemas of all servers that run; "" without one. Raise EngineError."""
    found = await servers(stack, ports)
    total = hashlib.sha256()
    for name, server in sorted(found.items()):
        total.update(f"{name} {await server.digest()}\n".encode())
    return total.hexdigest() if found else ""


async def schema_now(session: Session) -> str:
    """The digest, "" too where it cannot be read: a rollback is for bad nights, and does not wait for it."""
    try:
        return await schema_digest(session.stack, session.ports)
    except EngineError:
        return ""


def allowed(now: str, target: Kept, kept: Iterable[Kept], *, accepted: bool) -> tuple[str, ...]:
    """What to say before ``target`` is brought back on the schema of the digest ``now``, "" where that is not known.

    Raise RefusedError where the schema moved, that release was not seen to run on it, and nobody accepted it.
    """
    newer = [each for each in kept if each.created > target.created and each.schema.digest]
    moved = [each for each in newer if each.schema.moved]
    if now and target.schema.digest:
        if now.startswith(target.schema.digest):
            return ()
    elif not moved:
        return (f"it is not known whether the schema moved since release {target.id}",) if newer else ()
    by = f" (by {', '.join(each.id for each in moved)})" if moved else ""
    said = f"the schema moved since release {target.id}{by} and stays as it is"
    if _proved(now, moved):
        return (f"{said}: release {target.id} ran on it in the rehearsal",)
    if accepted:
        return (f"{said}: release {target.id} was not seen to run on it, and --accept-schema was given",)
    remedy = f"see whether release {target.id} can work with it, then give --accept-schema"
    raise RefusedError(f"{said}, and release {target.id} was not seen to run on it", remedy=remedy)


def _proved(now: str, moved: list[Kept]) -> bool:
    """Only one deploy moved it, that one was rehearsed with the release before, and nothing moved it since."""
    return len(moved) == 1 and moved[0].schema.proved and bool(now) and now.startswith(moved[0].schema.digest)
