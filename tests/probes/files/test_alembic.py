"""What Alembic migrations do, from their source."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.model.keys import ALEMBIC
from flawless.probes.files.alembic import read
from tests.probes.files._world import APP, value


def codes(body: str) -> list[str]:
    text = f"from alembic import op\nimport sqlalchemy as sa\n\ndef upgrade():\n    {body}\n"
    return [hit.code for hit in read(text, "versions/1.py")]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("op.create_index('i', 't', ['a'])", ["require-concurrent-index-creation"]),
        ("op.create_index('i', 't', ['a'], postgresql_concurrently=True)", []),
        ("op.create_table('t'); op.create_index('i', 't', ['a'])", []),
        ("op.drop_column('t', 'a')", ["ban-drop-column"]),
        ("op.drop_table('t')", ["ban-drop-table"]),
        ("op.rename_table('t', 'u')", ["renaming-table"]),
        ("op.alter_column('t', 'a', type_=sa.BigInteger)", ["changing-column-type"]),
        (
            "op.alter_column('t', 'a', nullable=False, new_column_name='b')",
            ["renaming-column", "adding-not-nullable-field"],
        ),
        ("op.alter_column('t', 'a', server_default='x')", []),
        ("op.add_column('t', sa.Column('a', sa.Text, nullable=False))", ["adding-required-field"]),
        ("op.add_column('t', sa.Column('a', sa.Text, nullable=False, server_default=''))", []),
        ("op.add_column('t', sa.Column('a', sa.Text))", []),
        ("op.create_foreign_key('f', 't', 'u', ['a'], ['b'])", ["adding-foreign-key-constraint"]),
        ("op.create_foreign_key('f', 't', 'u', ['a'], ['b'], postgresql_not_valid=True)", []),
        ("op.execute('drop table t')", []),
        ("other.drop_table('t')", []),
    ],
)
def test_what_locks_or_takes_away_is_named_as_squawk_names_it(body: str, found: list[str]) -> None:
    assert codes(body) == found


def test_the_way_down_and_files_that_are_no_migrations_do_not_count(tmp_path: Path) -> None:
    down = "from alembic import op\n\ndef upgrade():\n    pass\n\ndef downgrade():\n    op.drop_table('t')\n"
    files = {"compose.yaml": APP, "Dockerfile": "FROM x", "versions/1.py": down, "versions/tool.py": "import os\n"}
    run = value(ALEMBIC, files, tmp_path)
    assert (run.files, run.hits) == (1, ())


def test_a_line_is_the_operations_own() -> None:
    text = "from alembic import op\n\n\ndef upgrade():\n    op.drop_table('t')\n"
    assert [str(hit.origin) for hit in read(text, "versions/1.py")] == ["versions/1.py:5"]


def test_what_python_cannot_read_is_said() -> None:
    assert [hit.code for hit in read("def (", "versions/1.py")] == ["unreadable"]


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    list(read(text, "versions/1.py"))
