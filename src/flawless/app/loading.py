"""Loading the libraries that looking at a live stack needs, while Compose reads the files of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

_LIVE = ("aiodocker", "httpx2", "cryptography.x509", "asyncpg", "redis.asyncio")


@asynccontextmanager
async def loaded() -> AsyncIterator[None]:
    """Load beside what is done meanwhile; what another thread imports already is waited for, not loaded twice."""
    loading = asyncio.create_task(asyncio.to_thread(_load))
    try:
        yield
    finally:
        await loading


def _load() -> None:
    for name in _LIVE:
        import_module(name)
