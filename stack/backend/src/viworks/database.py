"""PostgreSQL: a bounded pool, a timeout on everything, and one error for whatever keeps it from answering."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg  # type: ignore[import-untyped,unused-ignore]
from sqlalchemy import exc, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from viworks.stores import StoreError

NAME = "postgres"
CONNECT_SECONDS = 2
COMMAND_SECONDS = 10  # above statement_timeout: the server cuts first, this is for a server that is gone
SERVER_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": "5s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "10s",
    # Every plan is made for its own values: a filter that fits most rows and one that fits none differ.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
}
# Classes and codes of https://www.postgresql.org/docs/15/errcodes-appendix.html after which the same request may
# succeed in a moment: connection, authorization, rollback, resources, lock timeout, intervention, system.
PASSING = ("08", "28", "40", "53", "55P03", "57", "58", "25P03")


@dataclass(frozen=True)
class PoolLimits:
    """How many connections one process holds: `size` lasting, `overflow` more for a while, and the longest wait."""

    size: int = 10
    overflow: int = 4
    wait_seconds: float = 5  # a burst waits, and nginx waits longer (15 s)


@dataclass(frozen=True)
class PoolFigures:
    """Connections of this process: in use, idle, and the most there can be."""

    used: int
    idle: int
    limit: int


async def connect(dsn: str, application: str) -> Any:
    """A connection of its own, an asyncpg.Connection. Raises what asyncpg raises."""
    settings = {**SERVER_SETTINGS, "application_name": application}
    return await asyncpg.connect(
        dsn, timeout=CONNECT_SECONDS, command_timeout=COMMAND_SECONDS, server_settings=settings
    )


class Database:
    """The pool. Nothing is connected before it is needed, and connections lost in a restart are replaced unseen."""

    def __init__(self, dsn: str, application: str = "viworks-backend", limits: PoolLimits | None = None) -> None:
        self._dsn = dsn
        self._application = application
        self._limits = limits or PoolLimits()
        self._engine: AsyncEngine | None = None

    async def open(self) -> None:
        """Makes the pool, and no connection yet: the process starts while the database is still down."""
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: connect(self._dsn, self._application),
            pool_size=self._limits.size,
            max_overflow=self._limits.overflow,
            pool_timeout=self._limits.wait_seconds,
            pool_pre_ping=True,
            pool_recycle=1800,
            hide_parameters=True,  # an error may reach the log, a value must not
        )

    async def close(self) -> None:
        """Closes what is idle at once, and what is in use when it comes back."""
        if self._engine is not None:
            await self._engine.dispose()

    async def ping(self) -> None:
        """Raises StoreError when it does not answer."""
        async with self.reading() as connection:
            await connection.execute(text("select 1"))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed at the end of the block, rolled back when it raises. Raises StoreError."""
        with answering():
            async with self._opened().begin() as connection:
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that can only read. Raises StoreError."""
        with answering():
            async with self._opened().connect() as connection:
                yield await connection.execution_options(postgresql_readonly=True)

    def figures(self) -> PoolFigures:
        """For the metrics."""
        pool = self._opened().pool
        assert isinstance(pool, AsyncAdaptedQueuePool)
        limit = self._limits.size + self._limits.overflow
        return PoolFigures(used=pool.checkedout(), idle=pool.checkedin(), limit=limit)

    def _opened(self) -> AsyncEngine:
        if self._engine is None:
            raise RuntimeError("the database is used before open()")
        return self._engine


@contextmanager
def answering() -> Iterator[None]:
    """Turns what shows that PostgreSQL does not answer (gone, full, too slow, locked) into StoreError."""
    try:
        yield
    except exc.DBAPIError as error:
        if error.connection_invalidated or passing(error.orig):
            raise StoreError(NAME) from error
        raise
    except (exc.TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise StoreError(NAME) from error


def passing(error: BaseException | None) -> bool:
    """Whether it may be gone in a moment: told by the SQLSTATE. Without one it is the driver that complains: of the
    connection, or (a ValueError) of a value that we gave it, which is a bug.
    """
    state = getattr(error, "sqlstate", None)
    if state is None:
        return error is None or not isinstance(error.__cause__, ValueError)
    return str(state).startswith(PASSING)
