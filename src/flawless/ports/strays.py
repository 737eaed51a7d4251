"""Containers that flawless starts for itself to look at something, and those that a killed run left behind."""

from __future__ import annotations

import time

from flawless.ports.engine import Engine
from flawless.ports.streams import engine_time

LABEL = "flawless.probe"
# Of 1024 for a container that serves: it goes first; where nothing is busy ours need not take longer for it.
SHARES = 128
_STRAY_SECONDS = 300.0


async def sweep(engine: Engine) -> None:
    """Remove our probing containers that are older than any probe runs (five minutes)."""
    for stray in await engine.containers([f"{LABEL}=1"]):
        if time.time() - engine_time(stray["Created"]) > _STRAY_SECONDS:
            await engine.remove(stray["Id"], force=True)
