"""Loading the libraries that looking at a live stack needs, while Compose reads the files of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib import import_module

LOOKING = ("aiodocker",)
_LIVE = ("aiodocker", "httpx2", "cryptography.x509", "asyncpg", "redis.asyncio")


@asynccontextmanager
async def loaded(names: Iterable[str] = _LIVE) -> AsyncIterator[None]:
    """Load ``names`` beside what is done meanwhile; what another thread imports is waited for, not loaded twice."""
    loading = asyncio.create_task(asyncio.to_thread(_load, names))
    try:
        yield
    finally:
        await loading


def _load(names: Iterable[str]) -> None:
    for name in names:
        import_module(name)
