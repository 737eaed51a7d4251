"""The pool on a real PostgreSQL: what it bounds, and what becomes of it in an outage."""

import asyncio
import time

import pytest
from sqlalchemy import exc, literal, select, text
from viworks_stores import Stores, free_port

from viworks.database import Database, PoolFigures, PoolLimits
from viworks.stores import StoreError
from viworks.tables import accounts, deployments

engine = pytest.mark.engine
DEADLINE_SECONDS = 30


async def test_an_unreachable_database_is_a_store_that_does_not_answer() -> None:
    database = Database(f"postgresql://viworks_app:wrong@127.0.0.1:{free_port()}/viworks")
    await database.open()
    with pytest.raises(StoreError, match="postgres does not answer"):
        await database.ping()
    await database.close()


async def test_it_says_so_when_it_was_not_opened() -> None:
    with pytest.raises(RuntimeError, match="before open"):
        await Database("postgresql://u:p@localhost/d").ping()


@engine
async def test_a_wrong_password_is_a_store_that_does_not_answer(stores: Stores) -> None:
    database = Database(f"postgresql://viworks_app:wrong@127.0.0.1:{stores.postgres_port}/viworks")
    await database.open()
    with pytest.raises(StoreError):
        await database.ping()
    await database.close()


@engine
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("statement_timeout", "5s"),
        ("lock_timeout", "3s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("application_name", "viworks-tests"),
        ("TimeZone", "UTC"),
        ("plan_cache_mode", "force_custom_plan"),
    ],
)
async def test_every_connection_has_its_limits(database: Database, setting: str, value: str) -> None:
    async with database.reading() as connection:
        assert (await connection.execute(select(text(f"current_setting('{setting}')")))).scalar_one() == value


@engine
async def test_a_statement_that_takes_too_long_is_cut(database: Database) -> None:
    with pytest.raises(StoreError):
        async with database.transaction() as connection:
            await connection.execute(text("set local statement_timeout = '50ms'"))
            await connection.execute(text("select pg_sleep(30)"))
    await database.ping()


@engine
async def test_a_lock_that_takes_too_long_is_given_up(database: Database) -> None:
    async with database.transaction() as first:
        await first.execute(text("select pg_advisory_xact_lock(1)"))
        with pytest.raises(StoreError):
            async with database.transaction() as second:
                await second.execute(text("set local lock_timeout = '50ms'"))
                await second.execute(text("select pg_advisory_xact_lock(1)"))


@engine
async def test_what_raises_is_rolled_back(database: Database) -> None:
    values = {"username": "ada", "password_hash": "x", "role": "admin"}
    with pytest.raises(KeyError):
        async with database.transaction() as connection:
            await connection.execute(accounts.insert().values(values))
            raise KeyError
    async with database.reading() as connection:
        assert (await connection.execute(select(accounts.c.id))).all() == []


@engine
async def test_who_reads_cannot_write(database: Database) -> None:
    values = {"username": "ada", "password_hash": "x", "role": "admin"}
    with pytest.raises(exc.DBAPIError, match="read-only transaction"):
        async with database.reading() as connection:
            await connection.execute(accounts.insert().values(values))
    async with database.transaction() as connection:
        await connection.execute(accounts.insert().values(values))


@engine
async def test_a_bug_of_ours_is_not_taken_for_an_outage(database: Database) -> None:
    for wrong in (select(deployments.c.id).where(deployments.c.id == literal(2**70)), text("select nothing")):
        with pytest.raises(exc.DBAPIError):
            async with database.reading() as connection:
                await connection.execute(wrong)


@engine
async def test_a_value_of_ours_is_in_no_error(database: Database) -> None:
    with pytest.raises(exc.DBAPIError) as caught:
        async with database.transaction() as connection:
            values = {"username": "ada", "password_hash": "hunter2", "role": "none such"}
            await connection.execute(accounts.insert().values(values))
    assert "[SQL parameters hidden" in str(caught.value)


@engine
async def test_the_pool_is_bounded_and_counted(stores: Stores) -> None:
    database = Database(stores.dsn("app"), limits=PoolLimits(size=1, overflow=1, wait_seconds=0.05))
    await database.open()
    assert database.figures() == PoolFigures(used=0, idle=0, limit=2)
    async with database.reading() as first, database.reading() as second:
        await first.execute(select(1))
        await second.execute(select(1))
        assert database.figures() == PoolFigures(used=2, idle=0, limit=2)
        with pytest.raises(StoreError):
            await database.ping()
    assert database.figures() == PoolFigures(used=0, idle=1, limit=2)
    await database.close()


@engine
async def test_a_restart_of_the_server_is_noticed_only_while_it_lasts(stores: Stores, database: Database) -> None:
    async with database.reading() as first, database.reading() as second:
        await first.execute(select(1))
        await second.execute(select(1))
    stores.compose("stop", "postgres")
    with pytest.raises(StoreError):
        await database.ping()
    stores.compose("up", "--detach", "--wait", "postgres")
    await until_answering(database)
    async with database.reading() as first, database.reading() as second, database.reading() as third:
        for connection in (first, second, third):
            await connection.execute(select(1))


@engine
async def test_connections_that_the_server_ended_are_replaced_unseen(stores: Stores, database: Database) -> None:
    async with database.reading() as first, database.reading() as second:
        await first.execute(select(1))
        await second.execute(select(1))
    stores.superuser("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'viworks-tests'")
    await asyncio.gather(*(database.ping() for _ in range(4)))


async def until_answering(database: Database) -> None:
    """Waits until it answers; raises what it raises after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            return await database.ping()
        except StoreError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.05)
