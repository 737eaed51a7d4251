"""Brings the schema up to date: all pending files in one transaction, or nothing.

Run twice, or twice at the same time, it does the work once.
"""

import asyncio
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped,unused-ignore]
import structlog

from viworks import logs, settings

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
LOCK = 7_846_001  # any number, as long as nobody else locks it
LEDGER = """
create table if not exists schema_migrations (
    version text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
)
"""

log = structlog.get_logger()


class MigrationError(Exception):
    """The files and the database do not fit together."""


@dataclass(frozen=True)
class Migration:
    version: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read(folder: Path) -> list[Migration]:
    files = sorted(folder.glob("*.sql"))
    if not files:
        raise MigrationError("no migration files in the image")
    return [Migration(file.stem, file.read_text(encoding="utf-8")) for file in files]


def pending(migrations: list[Migration], applied: dict[str, str]) -> list[Migration]:
    """An applied file that was edited since would never run again: refuse it."""
    for migration in migrations:
        if applied.get(migration.version, migration.checksum) != migration.checksum:
            raise MigrationError(f"{migration.version} was changed after it had been applied")
    return [migration for migration in migrations if migration.version not in applied]


async def migrate(connection: Any, migrations: list[Migration]) -> list[str]:
    async with connection.transaction():
        # A busy table makes the migration fail after seconds, not the site wait for minutes.
        await connection.execute("set local lock_timeout = '5s'")
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        await connection.execute(LEDGER)
        rows = await connection.fetch("select version, checksum from schema_migrations")
        todo = pending(migrations, {row["version"]: row["checksum"] for row in rows})
        for migration in todo:
            await apply(connection, migration)
    return [migration.version for migration in todo]


async def apply(connection: Any, migration: Migration) -> None:
    await connection.execute(migration.sql)
    await connection.execute(
        "insert into schema_migrations (version, checksum) values ($1, $2)",
        migration.version,
        migration.checksum,
    )


async def run(dsn: str) -> None:
    migrations = read(FOLDER)
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        done = await migrate(connection, migrations)
    finally:
        await connection.close()
    log.info("schema is up to date", applied=done, known=len(migrations))


def main() -> int:
    try:
        logs.configure(settings.log_level(os.environ.get("LOG_LEVEL", "info")))
        asyncio.run(run(settings.database_dsn(os.environ)))
    except settings.SettingsError as error:
        sys.stderr.write(f"settings: {error}\n")
        return os.EX_CONFIG
    except (MigrationError, OSError, asyncpg.PostgresError) as error:
        log.error("migration failed, nothing was changed", error=str(error))
        return 1
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
