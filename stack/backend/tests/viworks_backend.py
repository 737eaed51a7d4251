"""The whole application in this process, as the server would run it."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import limits
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from viworks import app
from viworks.settings import Settings

NOBODY = "127.0.0.1:1"  # a port that nothing listens on
MANY = limits.parse("100000/minute")
SETTINGS = Settings(
    database_dsn=f"postgresql://viworks_app:none@{NOBODY}/viworks",
    redis_dsn=f"redis://:none@{NOBODY}/0",
    jwt_keys=(secrets.token_bytes(32),),
    login_rate_per_address=MANY,
    api_rate_per_account=MANY,
    api_rate_per_address=MANY,
    cors_origins=("https://panel.example.org",),
    revision="abc123",
)


@asynccontextmanager
async def backend(draining: asyncio.Event | None = None, **changes: Any) -> AsyncIterator[FastAPI]:
    """Started with SETTINGS but for the changes; without changes its stores cannot be reached."""
    application = app.build(replace(SETTINGS, **changes), draining or asyncio.Event())
    async with application.router.lifespan_context(application):
        yield application


def client(application: FastAPI, address: str = "192.0.2.1", **options: Any) -> AsyncClient:
    """Asks it from that address. An error of the program is an answer here, as it is on the wire."""
    transport = ASGITransport(application, raise_app_exceptions=False, client=(address, 1234))
    return AsyncClient(transport=transport, base_url="https://viworks.localhost:8443", **options)
