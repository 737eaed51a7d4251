"""The migrations on a real PostgreSQL: the schema they make, and what each role may do with it."""

import asyncio
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from viworks_stores import Stores

from viworks.database import connect
from viworks.tables import metadata

pytestmark = pytest.mark.engine

REFUSED_TO_APP = [
    "update audit_log set actor = 'nobody'",
    "delete from audit_log",
    "truncate audit_log",
    "insert into audit_log (seq, address, action, subject, outcome, details, request_id)"
    " values (1, '', 'a', '', 'success', '{}', '')",
    "update audit_head set seq = 0",
    "alter table audit_log disable trigger all",
    "select audit_hash(null::audit_log)",
    "select pg_catalog.setval('deployments_id_seq', 1)",
    "delete from deployments",
    "update deployments set who = 'somebody'",
    "delete from accounts",
    "update accounts set username = 'somebody'",
    "delete from refresh_tokens",
    "create table mine ()",
    "drop table deployments",
    "truncate idempotency_keys",
    "set role viworks_owner",
]
REFUSED_TO_READER = [
    "select password_hash from accounts",
    "select * from accounts",
    "select token_hash from refresh_tokens",
]


async def run(dsn: str, *statements: str) -> list[Any]:
    """The rows of the last one."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        rows: list[Any] = []
        for statement in statements:
            rows = await connection.fetch(statement)
        return rows
    finally:
        await connection.close()


async def test_down_to_nothing_and_up_again_gives_the_same_schema(stores: Stores) -> None:
    before = stores.schema()
    await stores.migrate("base")
    nothing = stores.schema()
    await stores.migrate("head")
    assert stores.schema() == before
    assert "CREATE TABLE public.deployments" in before
    assert "GRANT SELECT" in before
    assert nothing.count("CREATE TABLE") == 1  # Alembic's own
    assert "CREATE FUNCTION" not in nothing


async def test_migrating_twice_changes_nothing(stores: Stores) -> None:
    before = stores.schema()
    await stores.migrate("head")
    assert stores.schema() == before


async def test_the_tables_in_the_code_are_those_in_the_database(stores: Stores) -> None:
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(stores.dsn("owner"), "tests"))

    def differences(connection: Connection) -> list[Any]:
        return list(
            compare_metadata(MigrationContext.configure(connection, opts={"compare_server_default": True}), metadata)
        )

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_a_migration_gives_up_soon_when_a_table_is_busy(stores: Stores) -> None:
    await stores.migrate("base")
    await stores.migrate("0001")
    reader = await asyncpg.connect(stores.dsn("owner"), timeout=10)
    try:
        async with reader.transaction():
            await reader.execute("lock table accounts in access exclusive mode")
            async with asyncio.timeout(30):
                with pytest.raises(Exception, match="lock timeout"):
                    await stores.migrate("head")
    finally:
        await reader.close()
    assert await run(stores.dsn("owner"), "select version_num from alembic_version") == [("0001",)]


async def test_an_index_build_that_was_cut_short_is_done_again(stores: Stores) -> None:
    await stores.migrate("base")
    await stores.migrate("0002")
    await run(stores.dsn("owner"), "create index deployments_list on deployments (id)")
    await stores.migrate("head")
    definition = "select indexdef from pg_indexes where indexname = 'deployments_list'"
    assert "environment, state, created_at, id" in (await run(stores.dsn("owner"), definition))[0]["indexdef"]


@pytest.mark.parametrize("statement", REFUSED_TO_APP)
async def test_the_backend_may_not(stores: Stores, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(stores.dsn("app"), statement)


@pytest.mark.parametrize("statement", REFUSED_TO_READER)
async def test_a_reader_sees_no_hash_of_a_password_or_token(stores: Stores, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(stores.dsn("reader"), statement)


@pytest.mark.parametrize("table", ["deployments", "audit_log", "audit_head", "sessions", "idempotency_keys"])
async def test_a_reader_reads_and_does_not_write(stores: Stores, table: str) -> None:
    await run(stores.dsn("reader"), f"select * from {table}")
    with pytest.raises(asyncpg.PostgresError):
        await run(stores.dsn("reader"), "set default_transaction_read_only = off", f"delete from {table}")


async def test_no_role_of_ours_is_a_superuser(stores: Stores) -> None:
    query = "select rolname from pg_roles where rolname like 'viworks%' and (rolsuper or rolcreaterole or rolcreatedb)"
    assert await run(stores.dsn("app"), query) == []
