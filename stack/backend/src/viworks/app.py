"""Puts the parts together."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from viworks import VERSION, api, logs, problems, settings
from viworks.postgres import Postgres
from viworks.redis_cache import RedisCache
from viworks.requests import Requests
from viworks.stores import Cache, Database


class Viworks(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            correct_media_types(super().openapi())
        return super().openapi()


def correct_media_types(schema: dict[str, Any]) -> None:
    """Errors are problem+json; FastAPI can only describe them as plain JSON."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    content = response["content"]
                    content[problems.MEDIA_TYPE] = content.pop("application/json")


def create(database: Database, cache: Cache, revision: str = "unknown") -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await database.open()
        yield
        await database.close()
        await cache.close()

    # No documentation pages: they load scripts from elsewhere, which the proxy's CSP forbids.
    app = Viworks(title="viworks", version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(Requests)
    problems.install(app)
    app.include_router(api.state_routes(database, cache, revision))
    app.include_router(api.deployment_routes(database, cache))
    return app


def build() -> FastAPI:
    """Called by the server in its worker process."""
    wanted = settings.load(os.environ)
    logs.configure(wanted.log_level)
    return create(Postgres(wanted.database_dsn), RedisCache(wanted.redis_dsn), wanted.revision)
