from pathlib import Path

import pytest

from viworks import migrate

FIRST = migrate.Migration("0001_first", "create table a ()")
SECOND = migrate.Migration("0002_second", "create table b ()")


def test_files_are_read_in_order(tmp_path: Path) -> None:
    for name in ("0002_b.sql", "0001_a.sql", "note.txt"):
        (tmp_path / name).write_text("select 1", encoding="utf-8")
    assert [migration.version for migration in migrate.read(tmp_path)] == ["0001_a", "0002_b"]


def test_an_image_without_migrations_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(migrate.MigrationError, match="no migration files"):
        migrate.read(tmp_path)


def test_only_what_is_new_is_pending() -> None:
    assert migrate.pending([FIRST, SECOND], {}) == [FIRST, SECOND]
    assert migrate.pending([FIRST, SECOND], {FIRST.version: FIRST.checksum}) == [SECOND]
    assert migrate.pending([FIRST], {FIRST.version: FIRST.checksum, SECOND.version: SECOND.checksum}) == []


def test_an_edited_migration_is_refused() -> None:
    with pytest.raises(migrate.MigrationError, match="0001_first was changed"):
        migrate.pending([FIRST, SECOND], {FIRST.version: "another"})


def test_the_shipped_migrations_are_found() -> None:
    assert migrate.read(migrate.FOLDER)[0].version == "0001_deployments"
