"""Migrations: rehearsed before anything is touched, backed up before they run, remembered afterwards."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.harness import docker
from tests.scenarios.shop import FIRST, Shop, said, verdict

pytestmark = pytest.mark.engine

HALF_WAY = "alter table customers add column if not exists age int;\nselect 1 / 0;\n"
UNIQUE = "create unique index if not exists one_mail on customers (mail);\n"
SEED = "create table if not exists plans (name text);\ninsert into plans values ('small'), ('large');\n"
ADDED = """\
create table if not exists plans (name text primary key);
insert into plans values ('small'), ('large') on conflict do nothing;
alter table customers add column if not exists plan text;
"""
RENAMED = """\
do $$ begin
  if exists (select from information_schema.columns where table_name = 'customers' and column_name = 'name') then
    alter table customers rename column name to full_name;
  end if;
end $$;
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose first release is good, and which has a customer of its own since."""
    made = Shop(tmp_path_factory.mktemp("shop"), f"flmigrating{os.getpid()}")
    try:
        first = made.deploy()
        assert first.code == 0, first.err + first.out
        assert verdict(first, "migration-fails")["outcome"] == "pass"
        assert verdict(first, "migration-breaks-previous-release")["outcome"] == "not-applicable"
        made.sql("insert into customers (name, mail) values ('carl', 'a@example.org')")
        yield made
    finally:
        made.remove()


def backups(shop: Shop) -> list[Path]:
    return sorted((shop.folder / ".flawless" / "backups").rglob("*.dump"))


@pytest.mark.parametrize(
    ("text", "check", "words"),
    [
        (HALF_WAY, "migration-fails", "division by zero"),
        (UNIQUE, "migration-fails", "copy of the database that runs"),
        pytest.param(
            "create table orders (id int primary key);\n",
            "migration-not-repeatable",
            "already exists",
            id="made-anew",
            marks=pytest.mark.full,
        ),
        (SEED, "migration-not-repeatable", "public.plans from 2 to 4 rows"),
    ],
    ids=["half-way", "only-on-the-rows-that-are-there", None, "seeded-without-a-key"],
)
def test_a_migration_that_would_go_wrong_stops_the_deploy_before_anything_is_touched(
    shop: Shop, text: str, check: str, words: str
) -> None:
    containers, kept = shop.containers(), backups(shop)
    rows, columns = shop.sql("select * from customers order by id"), shop.columns()
    shop.migration("009_next.sql", text)
    result = shop.deploy()
    try:
        assert result.code == 4, result.err + result.out
        assert result.steps()["rehearse"] == "failed"
        assert verdict(result, check)["outcome"] == "fail"
        assert words in said(result)
        assert shop.containers() == containers, "the site serves on, untouched"
        assert (shop.sql("select * from customers order by id"), shop.columns()) == (rows, columns)
        assert backups(shop) == kept, "no migration ran, so its backup went again"
        assert shop.left_over() == []
    finally:
        shop.undo()


def test_a_good_migration_is_backed_up_and_recorded_and_the_release_before_may_come_back(shop: Shop) -> None:
    rows = shop.sql("select id, name, mail from customers order by id")
    shop.migration("002_plans.sql", ADDED)
    result = shop.deploy()
    assert result.code == 0, result.err + result.out
    for check in ("migration-fails", "migration-not-repeatable", "migration-breaks-previous-release"):
        assert verdict(result, check)["outcome"] == "pass", verdict(result, check)
    assert result.report["release"]["schema_moved"] is True
    assert "schema moved" in said(result)
    assert shop.sql("select id, name, mail from customers order by id") == rows
    assert shop.left_over() == []

    (dump,) = backups(shop)
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600
    assert dump.with_suffix(".sha256").read_text().split()[0] == hashlib.sha256(dump.read_bytes()).hexdigest()
    assert f"backup before the migration: {dump.parent}" in said(result)

    back = shop.flawless("rollback")
    assert back.code == 0, back.err + back.out
    assert "schema moved" in back.err
    assert "ran on it in the rehearsal" in back.err


def test_a_renamed_column_is_a_warning_and_a_rollback_over_it_has_to_be_accepted(shop: Shop) -> None:
    shop.migration("002_plans.sql", ADDED)
    shop.migration("003_renamed.sql", RENAMED)
    shop.migration("001_customers.sql", FIRST.splitlines()[0])  # no seed under the old name
    shop.reads("full_name")
    result = shop.deploy()
    assert result.code == 0, result.err + result.out
    broken = verdict(result, "migration-breaks-previous-release")
    assert (broken["severity"], broken["outcome"]) == ("warn", "fail")
    assert 'column "name" does not exist' in broken["reason"]
    serving = shop.containers()
    back = shop.flawless("rollback")
    assert back.code == 6, back.err + back.out
    assert "--accept-schema" in back.err
    assert shop.containers() == serving


@pytest.mark.full
def test_what_a_killed_rehearsal_leaves_goes_at_the_next_deploy(shop: Shop) -> None:
    shop.migration("004_more.sql", "alter table customers add column if not exists city text;\n")
    shop.commit()
    shop.kill_in_rehearsal()
    left = shop.left_over()
    assert left, "it was killed in the middle"
    volumes = shop.volumes_of(left)
    result = shop.deploy()
    assert result.code == 0, result.err + result.out
    assert shop.left_over() == []
    assert not volumes & set(docker("volume", "ls", "--quiet").split())
