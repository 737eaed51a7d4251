"""Puts the parts together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI

from viworks import VERSION, limits, metrics, openapi, origin, problems, readiness, requests, state, strict
from viworks.accounts import auth_routes, user_routes
from viworks.accounts.access import Access
from viworks.accounts.administration import Administration
from viworks.accounts.guard import Guard
from viworks.accounts.passwords import Passwords
from viworks.accounts.revocations import Revocations
from viworks.accounts.service import Service
from viworks.accounts.tokens import AccessTokens
from viworks.audit import routes as audit_routes
from viworks.database import Database
from viworks.deployments import routes as deployment_routes
from viworks.events import routes as event_routes
from viworks.events.hub import Hub
from viworks.events.listener import listening
from viworks.metrics import Metrics
from viworks.origin import Origins
from viworks.redis_store import RedisStore
from viworks.settings import Settings


class Viworks(FastAPI):
    """The application; its description is completed once."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi.complete(super().openapi())
        return self.openapi_schema


@dataclass(frozen=True)
class Parts:
    """What the routes are built of. It lives as long as the application."""

    settings: Settings
    draining: asyncio.Event
    database: Database
    redis: RedisStore
    metrics: Metrics
    hub: Hub
    passwords: Passwords

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """Opens the stores at the start, and closes them when the last request is done."""
        await self.database.open()
        self.metrics.watch_pool(self.database.figures)
        async with listening(self.settings.database_dsn, self.hub, self.draining):
            yield
        await self.database.close()
        await self.redis.close()
        self.passwords.close()


def build(settings: Settings, draining: asyncio.Event) -> FastAPI:
    """The application. Setting `draining` makes it not ready and sends the clients of its WebSockets away."""
    parts = Parts(
        settings=settings,
        draining=draining,
        database=Database(settings.database_dsn),
        redis=RedisStore(settings.redis_dsn),
        metrics=Metrics(),
        hub=Hub(),
        passwords=Passwords(),
    )
    app = Viworks(
        title=openapi.TITLE,
        description=openapi.DESCRIPTION,
        version=VERSION,
        openapi_tags=openapi.TAGS,
        generate_unique_id_function=openapi.operation_id,
        lifespan=parts.lifespan,
        dependencies=[Depends(strict.known_query)],
        # No documentation pages: they load scripts from elsewhere, which the proxy's CSP forbids.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    problems.install(app)
    add_middleware(app, parts)
    add_routes(app, parts)
    return app


def add_middleware(app: FastAPI, parts: Parts) -> None:
    """The last one added is the outermost."""
    app.add_middleware(strict.Bodies)
    app.add_middleware(origin.Cors, origins=Origins(parts.settings.cors_origins))
    app.add_middleware(metrics.Measured, metrics=parts.metrics)
    app.add_middleware(requests.Requests, draining=parts.draining)


def add_routes(app: FastAPI, parts: Parts) -> None:
    """Everything under /api counts against the client's address, all but the events also against the account."""
    settings, database = parts.settings, parts.database
    limiter = limits.Limiter(parts.redis, parts.metrics)
    tokens = AccessTokens(settings.jwt_keys, settings.jwt_issuer, settings.jwt_audience)
    revocations = Revocations(parts.redis, database)
    access = Access(tokens, revocations, limiter, settings.api_rate_per_account)
    guard = Guard(limiter, settings.login_rate_per_address)
    service = Service(database, parts.passwords, revocations, guard, parts.metrics)
    administration = Administration(database, parts.passwords, revocations)
    origins = Origins(settings.cors_origins)
    probes = {"postgres": database.ping, "redis": parts.redis.ping}

    app.include_router(state.routes(readiness.Readiness(probes, parts.draining), parts.metrics, settings.revision))
    counted = [Depends(limits.per_address(limiter, settings.api_rate_per_address))]
    for router in (
        auth_routes.routes(service, tokens, access, origins),
        user_routes.routes(administration, access),
        deployment_routes.routes(database, access),
        audit_routes.routes(database, access),
    ):
        app.include_router(router, dependencies=counted)
    app.include_router(event_routes.routes(parts.hub, access, origins))
