"""Which tools have migrations in the stack's folder: told by the files that each of them needs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import MIGRATION_TOOLS
from flawless.model.observed_files import MigrationTool
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._shared import read_if_there, shown, walk

_DEPTH = 6
_PLAIN = "plain SQL"
_FOLDER = re.compile(r"^(?:\d*[-_]?migrations?|migrate)$", re.IGNORECASE)
_FLYWAY = re.compile(r"^V\d[\w.]*__\w+\.sql$")
_COMMANDS = {
    "Alembic": ("alembic", "upgrade", "head"),
    "Django": ("python", "manage.py", "migrate", "--noinput"),
    "Prisma": ("npx", "prisma", "migrate", "deploy"),
    "sqlx": ("sqlx", "migrate", "run"),
    "Flyway": ("flyway", "migrate"),
    _PLAIN: (),
}


async def gather(target: Target) -> Iterable[Fact]:
    """Each tool once, with the folder in which its files were found first."""
    value = await asyncio.to_thread(lambda: _found(target))
    return [known(MIGRATION_TOOLS, STACK, value, (), target.ports.clock.now())]


def _found(target: Target) -> tuple[MigrationTool, ...]:
    paths = list(walk(Path(target.stack.root), _DEPTH))
    found: dict[str, MigrationTool] = {}
    for tool, folder in (*_named(paths), *_sql(paths)):
        if tool != _PLAIN or not found:
            found.setdefault(tool, MigrationTool(tool, shown(target, folder), _COMMANDS[tool]))
    return tuple(found.values())


def _named(paths: list[Path]) -> Iterator[tuple[str, Path]]:
    """Tools that have a file of their own."""
    for path in paths:
        if path.name == "alembic.ini" or (path.name == "env.py" and "from alembic import" in read_if_there(path)):
            yield "Alembic", path.parent
        elif path.name == "manage.py" and "django" in read_if_there(path):
            yield "Django", path.parent
        elif path.name == "migration_lock.toml":
            yield "Prisma", path.parent
        elif path.name in {"flyway.conf", "flyway.toml"}:
            yield "Flyway", path.parent


def _sql(paths: list[Path]) -> Iterator[tuple[str, Path]]:
    """Folders of SQL: whose they are shows in the names, or in the manifest beside them."""
    for path in paths:
        if path.suffix != ".sql":
            continue
        if _FLYWAY.match(path.name):
            yield "Flyway", path.parent
        elif _FOLDER.match(path.parent.name):
            rust = re.search(r"^sqlx\b", read_if_there(path.parent.parent / "Cargo.toml"), re.MULTILINE)
            yield ("sqlx" if rust else _PLAIN), path.parent


PROBE = Probe(keys=(MIGRATION_TOOLS,), gather=gather)
