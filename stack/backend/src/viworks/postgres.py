"""Deployments in PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg  # type: ignore[import-untyped,unused-ignore]

from viworks.model import Deployment, NewDeployment
from viworks.stores import StoreError

NAME = "postgres"
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.QueryCanceledError,
    asyncpg.InvalidAuthorizationSpecificationError,
)

INSERT = """
insert into deployments (service, revision, environment) values ($1, $2, $3)
returning id, service, revision, environment, created_at
"""
NEWEST = """
select id, service, revision, environment, created_at from deployments
where $2::bigint is null or id < $2
order by id desc limit $1
"""


class Postgres:
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: Any = None

    async def open(self) -> None:
        """No connection yet: the process starts, and says so, while the database is still down."""
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=10,
            timeout=2,
            command_timeout=10,
            server_settings={"application_name": "viworks-backend"},
        )

    async def close(self) -> None:
        await self._pool.close()

    async def ping(self) -> None:
        async with self._connection() as connection:
            await connection.fetchval("select 1", timeout=1)

    async def insert(self, new: NewDeployment) -> Deployment:
        async with self._connection() as connection:
            row = await connection.fetchrow(INSERT, new.service, new.revision, new.environment)
        return Deployment.model_validate(dict(row))

    async def newest(self, limit: int, before: int | None) -> list[Deployment]:
        async with self._connection() as connection:
            rows = await connection.fetch(NEWEST, limit, before)
        return [Deployment.model_validate(dict(row)) for row in rows]

    async def count(self) -> int:
        async with self._connection() as connection:
            return int(await connection.fetchval("select count(*) from deployments"))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            async with self._pool.acquire(timeout=2) as connection:
                yield connection
        except UNREACHABLE as error:
            raise StoreError(NAME) from error
