"""Brings the schema up to date, and makes the first account. Run twice, or twice at a time, it does the work once.

Ends with 78 for a wrong setting, with 69 when the database cannot be reached, with 1 when a migration failed.
"""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg  # type: ignore[import-untyped,unused-ignore]
import structlog
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, exc, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from viworks import logs, readiness, settings
from viworks.accounts import users
from viworks.accounts.passwords import LONGEST, SHORTEST, Passwords, weakness
from viworks.accounts.service import note, subject
from viworks.identity import Role
from viworks.tables import accounts

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
ADMIN = "admin"
LOCK = 7_846_001  # any number, as long as nobody else locks it
WAIT_SECONDS = 120.0  # for another job that migrates right now
STATEMENT_SECONDS = 1800.0  # an index over a long table takes its time

log = structlog.get_logger()


class BusyError(Exception):
    """Another job has held the lock for all of WAIT_SECONDS."""


def main() -> int:
    """The exit code."""
    try:
        logs.configure(settings.log_level(os.environ))
        dsn, password = settings.database_dsn(os.environ), admin_password()
    except settings.SettingsError as error:
        return complain(f"settings: {error}", os.EX_CONFIG)
    if reason := asyncio.run(readiness.unreachable(dsn)):
        return complain(f"database: cannot reach {settings.place(dsn)}: {reason}", os.EX_UNAVAILABLE)
    try:
        asyncio.run(run(dsn, password))
    except (BusyError, CommandError, exc.SQLAlchemyError, asyncpg.PostgresError, OSError, TimeoutError) as error:
        log.error("migration failed; what was done before it stays, it can be run again", error=one_line(error))
        return 1
    return os.EX_OK


def admin_password() -> str:
    """The first account's password from ADMIN_PASSWORD_FILE. Raises SettingsError when it is a weak one."""
    password = settings.secret(os.environ, "ADMIN_PASSWORD_FILE")
    if not SHORTEST <= len(password) <= LONGEST:
        raise settings.SettingsError(f"ADMIN_PASSWORD_FILE must hold {SHORTEST} to {LONGEST} characters")
    if weakness(password, ADMIN):
        raise settings.SettingsError("ADMIN_PASSWORD_FILE holds a password that can be guessed")
    return password


async def run(dsn: str, password: str) -> None:
    """All pending migrations, then the first account, under a lock that one job holds at a time."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(
            dsn, timeout=5, command_timeout=STATEMENT_SECONDS, server_settings={"application_name": "viworks-migrate"}
        ),
        poolclass=NullPool,  # the lock ends with its connection
        hide_parameters=True,
    )
    async with engine.connect() as connection:
        await lock(connection)
        await connection.run_sync(upgrade)
        await create_admin(connection, password)
    log.info("schema is up to date")


async def lock(connection: AsyncConnection) -> None:
    """Waits for its turn by asking again and again: who waits inside PostgreSQL holds a snapshot, and an index that is
    built concurrently by the other job would wait for that in turn.
    """
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    while not await connection.scalar(text("select pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
        await connection.rollback()
        if asyncio.get_running_loop().time() > deadline:
            raise BusyError("another job has been migrating for too long")
        await asyncio.sleep(0.5)
    await connection.commit()


def upgrade(connection: Connection) -> None:
    """Everything that is pending, in order."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def create_admin(connection: AsyncConnection, password: str) -> None:
    """The account to begin with, if there is none at all: an admin that was renamed or removed does not come back."""
    await connection.rollback()
    async with connection.begin():
        if await connection.scalar(select(func.count()).select_from(accounts)):
            return
        await users.create(connection, ADMIN, await Passwords().hash(password), Role.ADMIN)
        await note(connection, None, "user.create", subject(ADMIN), details={"role": str(Role.ADMIN)})
    log.info("first account created", username=ADMIN)


def one_line(error: BaseException) -> str:
    """What the error says first."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def complain(line: str, code: int) -> int:
    """One line for the operator, and the exit code."""
    sys.stderr.write(f"{line}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
