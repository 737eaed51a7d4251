"""What a rehearsal leaves behind and what it compares; the rehearsal itself is a scenario on the real engine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from flawless.deploy.backup import keep_newest
from flawless.deploy.rehearsal import _ACCOUNTS, _line_changes, _row_changes, _State, sweep, without_values
from flawless.deploy.rehearsal_model import LABEL
from flawless.model.observed_rehearsal import RowChange
from flawless.testing.fakes import MemoryEngine, inspected


async def test_a_sweep_takes_what_is_of_this_stack_s_rehearsals_and_nothing_else() -> None:
    ours, other, real = (inspected(name) for name in ("migrate-empty", "migrate-copy", "postgres"))
    ours["Config"]["Labels"][LABEL] = "sample"
    other["Config"]["Labels"][LABEL] = "another"
    networks = [{"Id": "n1", "Labels": {LABEL: "sample"}}, {"Id": "n2", "Labels": {LABEL: "another"}}, {"Id": "n3"}]
    engine = MemoryEngine([ours, other, real], {"networks": networks})
    await sweep(engine, "sample")
    assert set(engine.held) == {other["Id"], real["Id"]}
    assert [network["Id"] for network in engine.recorded["networks"]] == ["n2", "n3"]


def state(*lines: str, **rows: int) -> _State:
    return _State(Counter(f"app: {line}" for line in lines), {f"app.public.{name}": n for name, n in rows.items()})


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (("create a",), ("create a",), ()),
        (("create a", "create b"), ("create b", "create a"), ()),
        (("create a",), ("create a", "create b"), ("+create b",)),
        (("create a",), (), ("-create a",)),
        (("id integer",), ("id integer", "id integer"), ("+id integer",)),
        (("a: b",), ("a: c",), ("+a: c", "-a: b")),
    ],
    ids=["same", "other-order", "more", "less", "the-same-line-once-more", "a-colon-in-it"],
)
def test_a_schema_differs_by_its_lines(
    before: tuple[str, ...], after: tuple[str, ...], changes: tuple[str, ...]
) -> None:
    assert _line_changes(state(*before), state(*after)) == changes


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 2}, {"a": 2}, ()),
        ({"a": 2}, {"a": 4}, (RowChange("app.public.a", 2, 4),)),
        ({"a": 2}, {"a": 0}, (RowChange("app.public.a", 2, 0),)),
        ({"a": 2}, {}, ()),
        ({}, {"a": 2}, ()),
    ],
    ids=["same", "doubled", "emptied", "a-table-that-is-gone", "a-new-table"],
)
def test_rows_are_compared_in_tables_that_are_there_both_times(
    before: dict[str, int], after: dict[str, int], changes: tuple[RowChange, ...]
) -> None:
    assert _row_changes(state(**before), state(**after)) == changes


@pytest.mark.parametrize(
    ("table", "account"),
    [
        ("public.alembic_version", True),
        ("public._sqlx_migrations", True),
        ("public.django_migrations", True),
        ("public._prisma_migrations", True),
        ("public.flyway_schema_history", True),
        ("public.schema_migrations", True),
        ("public.databasechangeloglock", True),
        ("migrations.orders", False),
        ("public.customers", False),
        ("public.versions", False),
    ],
)
def test_the_tables_in_which_tools_keep_account_are_known(table: str, account: bool) -> None:
    assert bool(_ACCOUNTS.search(table)) is account


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("DETAIL:  Key (mail)=(anna@example.org) is duplicated.", "DETAIL:  Key (mail)=(…) is duplicated."),
        ("DETAIL:  Key (a, lower(b))=(1, (x)) already exists.", "DETAIL:  Key (a, lower(b))=(…) already exists."),
        ("DETAIL:  Failing row contains (1, anna, null).", "DETAIL:  Failing row contains (…)."),
        (
            'ERROR:  column "name" of relation "t" contains null values',
            'ERROR:  column "name" of relation "t" contains null values',
        ),
    ],
)
def test_no_value_of_a_row_comes_into_a_report(line: str, kept: str) -> None:
    assert without_values(line) == kept


def test_the_newest_backups_stay(tmp_path: Path) -> None:
    for name in ("20260103-000000-a", "20260101-000000-c", "20260102-000000-b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "db.dump").write_bytes(b"x")
    keep_newest(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["20260102-000000-b", "20260103-000000-a"]


def test_no_backup_yet_is_nothing_to_tidy(tmp_path: Path) -> None:
    keep_newest(tmp_path / "backups", 5)
