"""The audit log on a real PostgreSQL: who cannot change it, and how a change that was made all the same is found."""

import asyncio
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select
from viworks_stores import Stores, secret

from viworks.audit.record import Entry, record
from viworks.audit.verify import BrokenChainError, Link, link, verify
from viworks.database import Database
from viworks.tables import audit_log

pytestmark = pytest.mark.engine

# As a superuser does it who knows of the triggers.
TAMPER = """
begin;
alter table audit_log disable trigger all;
{};
alter table audit_log enable always trigger audit_chain;
alter table audit_log enable always trigger audit_refuse;
commit;
"""
# Written by somebody who recomputes the hash of what he puts in.
FORGED = """
insert into audit_log select (audit_row).* from (
    select jsonb_populate_record(entry, jsonb_build_object('seq', {seq}, 'actor', 'mallory')) as audit_row
    from audit_log as entry where seq = 5
) as forged
"""


def entry(number: int, actor: str | None = "ada") -> Entry:
    """An entry with text that would fool a careless way of joining fields."""
    return Entry(
        actor=actor,
        address="192.0.2.7",
        action="deployment.create",
        subject=f"deployment:{number}",
        outcome="success",
        details={"notes": 'é "\n| 3:abc', "number": number, "share": 0.1},
        request_id=f"request-{number}",
    )


async def write(database: Database, number: int, actor: str | None = "ada") -> None:
    async with database.transaction() as connection:
        await record(connection, entry(number, actor))


async def filled(database: Database) -> None:
    """Ten entries."""
    for number in range(1, 11):
        await write(database, number, None if number == 3 else "ada")


async def verified(stores: Stores, noted: Link | None = None) -> Link:
    """As the role of the backend."""
    connection = await asyncpg.connect(stores.dsn("app"), timeout=10)
    try:
        return await verify(connection, noted)
    finally:
        await connection.close()


async def rows(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return list((await connection.execute(select(audit_log).order_by(audit_log.c.seq))).all())


async def test_an_empty_log_is_unbroken(stores: Stores) -> None:
    assert (await verified(stores)).seq == 0


async def test_what_is_recorded_is_kept_as_it_was_given_and_chained(stores: Stores, database: Database) -> None:
    await filled(database)
    found = await rows(database)
    assert [row.seq for row in found] == list(range(1, 11))
    assert found[0].details == entry(1).details
    assert found[2].actor is None
    assert all(after.prev_hash == before.hash for before, after in pairwise(found))
    assert await verified(stores) == Link(10, found[-1].hash)


async def test_an_entry_is_kept_only_with_its_change(stores: Stores, database: Database) -> None:
    await write(database, 1)
    with pytest.raises(KeyError):
        async with database.transaction() as connection:
            await record(connection, entry(2))
            raise KeyError
    await write(database, 3)
    assert [row.subject for row in await rows(database)] == ["deployment:1", "deployment:3"]
    assert (await verified(stores)).seq == 2


async def test_many_writers_at_once_make_one_chain(stores: Stores, database: Database) -> None:
    async def several(worker: int) -> None:
        for number in range(10):
            await write(database, worker * 100 + number)

    await asyncio.gather(*(several(worker) for worker in range(10)))
    found = await rows(database)
    assert [row.seq for row in found] == list(range(1, 101))
    assert [row.at for row in found] == sorted(row.at for row in found)
    assert (await verified(stores)).seq == 100


@pytest.mark.parametrize("role", ["app", "owner"])
@pytest.mark.parametrize(
    "statement",
    ["update audit_log set actor = 'nobody'", "delete from audit_log where seq = 1", "truncate audit_log"],
)
async def test_the_log_takes_no_change(stores: Stores, database: Database, role: str, statement: str) -> None:
    await filled(database)
    connection = await asyncpg.connect(stores.dsn(role), timeout=10)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()
    assert (await verified(stores)).seq == 10


async def test_even_a_superuser_who_plays_a_replica_is_refused(stores: Stores, database: Database) -> None:
    await filled(database)
    with pytest.raises(AssertionError, match="append-only: DELETE is refused"):
        stores.superuser("set session_replication_role = replica; delete from audit_log")


@pytest.mark.parametrize(
    ("tampering", "finding"),
    [
        ("update audit_log set actor = 'mallory' where seq = 5", "entry 5 is not as it was written"),
        ("update audit_log set actor = 'ada' where seq = 3", "entry 3 is not as it was written"),
        (
            "update audit_log set details = details || '{\"number\": 50}' where seq = 5",
            "entry 5 is not as it was written",
        ),
        ("update audit_log set at = at + interval '1 microsecond' where seq = 5", "entry 5 is not as it was written"),
        (
            "update audit_log set actor = 'mallory' where seq = 5;"
            " update audit_log as entry set hash = audit_hash(entry) where seq = 5",
            "entry 6 is not as it was written",
        ),
        ("update audit_log set address = address || 'd', subject = 'eployment:5' where seq = 5", "entry 5 is not as"),
        ("delete from audit_log where seq = 5", "entry 5 is missing"),
        ("delete from audit_log where seq = 1", "entry 1 is missing"),
        ("delete from audit_log where seq > 7", "entry 8 is missing: the log was cut, 10 entries were written"),
        ("delete from audit_log", "entry 1 is missing: the log was cut, 10 entries were written"),
        (
            "delete from audit_log where seq = 5; update audit_log set seq = seq - 1 where seq > 5",
            "entry 5 is not as it was written",
        ),
        (
            "update audit_log set seq = -5 where seq = 5; update audit_log set seq = 5 where seq = 6;"
            " update audit_log set seq = 6 where seq = -5",
            "entry 5 is not as it was written",
        ),
        (
            "update audit_log set seq = seq + 100 where seq > 5; update audit_log set seq = seq - 99 where seq > 5;"
            + FORGED.format(seq=6),
            "entry 6 is not as it was written",
        ),
        (
            FORGED.format(seq=11) + "; update audit_log set prev_hash = (select hash from audit_head) where seq = 11;"
            " update audit_log as entry set hash = audit_hash(entry) where seq = 11",
            "entry 11 was added behind the head",
        ),
        (
            "update audit_log set actor = 'mallory' where seq = 10;"
            " update audit_log as entry set hash = audit_hash(entry) where seq = 10",
            "entry 10 is not the one that the head knows",
        ),
        ("delete from audit_head", "the head is missing"),
    ],
)
async def test_tampering_is_found_and_named(stores: Stores, database: Database, tampering: str, finding: str) -> None:
    await filled(database)
    head = stores.superuser("select * from audit_head")
    stores.superuser(TAMPER.format(tampering))
    try:
        with pytest.raises(BrokenChainError, match=finding):
            await verified(stores)
    finally:
        if not stores.superuser("select * from audit_head"):
            single, seq, at, digest = head.strip().split("|")
            stores.superuser(f"insert into audit_head values ('{single}', {seq}, '{at}', '{digest}')")


async def test_a_chain_that_was_rewritten_to_its_end_is_found_by_a_noted_entry(
    stores: Stores, database: Database
) -> None:
    await filled(database)
    noted = await verified(stores)
    assert await verified(stores, noted) == noted
    await stores.empty()
    await filled(database)
    with pytest.raises(BrokenChainError, match="entry 10 is not the one that was noted"):
        await verified(stores, noted)
    await stores.empty()
    with pytest.raises(BrokenChainError, match="entry 10, which was noted, is missing"):
        await verified(stores, noted)


def test_a_noted_entry_survives_being_written_down() -> None:
    noted = Link(7, bytes(range(32)))
    assert link(str(noted)) == noted


def command(stores: Stores, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m viworks.audit`, as an operator runs it."""
    password = tmp_path / "password"
    password.write_text(secret("database_app_password"), encoding="utf-8")
    source = Path(sys.modules["viworks"].__file__ or "").parents[1]
    environ = {
        **os.environ,
        "PYTHONPATH": str(source),
        "DATABASE_URL": f"postgresql://viworks_app@127.0.0.1:{stores.postgres_port}/viworks",
        "DATABASE_PASSWORD_FILE": str(password),
    }
    argv = [sys.executable, "-m", "viworks.audit", "verify", *arguments]
    return subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=60, check=False)


async def test_the_command_prints_the_head_and_ends_with_0(stores: Stores, database: Database, tmp_path: Path) -> None:
    await filled(database)
    head = await verified(stores)
    done = command(stores, tmp_path, "--noted", str(head))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"audit: 10 entries, unbroken; head {head}\n"


async def test_the_command_names_the_broken_entry_and_ends_with_1(
    stores: Stores, database: Database, tmp_path: Path
) -> None:
    await filled(database)
    stores.superuser(TAMPER.format("update audit_log set actor = 'mallory' where seq = 5"))
    done = command(stores, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "audit: entry 5 is not as it was written\n"
