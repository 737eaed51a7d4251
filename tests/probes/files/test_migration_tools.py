"""Tools that have migrations in the stack's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.model.keys import MIGRATION_TOOLS
from tests.probes.files._world import APP, value

SQL = "create table if not exists t (id int);\n"
CRATE = '[dependencies]\nsqlx = { version = "0.8", features = ["postgres"] }\n'


def tools(files: dict[str, str], root: Path) -> list[tuple[str, str, str]]:
    found = value(MIGRATION_TOOLS, {"compose.yaml": APP, "Dockerfile": "FROM scratch\n", **files}, root)
    return [(each.tool, each.folder, " ".join(each.command)) for each in found]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"api/alembic.ini": "[alembic]\n"}, [("Alembic", "api", "alembic upgrade head")]),
        (
            {"api/migrations/env.py": "from alembic import context\n", "api/migrations/versions/1.py": ""},
            [("Alembic", "api/migrations", "alembic upgrade head")],
        ),
        (
            {"manage.py": "import django\n", "shop/migrations/0001_initial.py": ""},
            [("Django", ".", "python manage.py migrate --noinput")],
        ),
        (
            {"prisma/migrations/migration_lock.toml": "", "prisma/migrations/1_init/migration.sql": SQL},
            [("Prisma", "prisma/migrations", "npx prisma migrate deploy")],
        ),
        ({"api/Cargo.toml": CRATE, "api/migrations/1_a.sql": SQL}, [("sqlx", "api/migrations", "sqlx migrate run")]),
        ({"sql/V1__init.sql": SQL}, [("Flyway", "sql", "flyway migrate")]),
        ({"flyway.toml": ""}, [("Flyway", ".", "flyway migrate")]),
        ({"db/migrations/001.sql": SQL}, [("plain SQL", "db/migrations", "")]),
        ({"alembic.ini": "", "db/migrations/001.sql": SQL}, [("Alembic", ".", "alembic upgrade head")]),
        ({"manage.py": "print('no web')\n"}, []),
        ({"env.py": "import os\n"}, []),
        ({"queries/top.sql": "select 1;\n"}, []),
        ({"node_modules/x/migrations/1.sql": SQL}, []),
    ],
)
def test_a_tool_is_known_by_its_files(files: dict[str, str], found: list[tuple[str, str, str]], tmp_path: Path) -> None:
    assert tools(files, tmp_path) == found
