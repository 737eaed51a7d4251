"""Migrations in the stack's folder that no job runs are told, with the lines that would change it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from flawless.app.migrating import unclaimed
from flawless.app.session import Asked, open_session
from flawless.model.plan import Plan
from flawless.ports.shell import RealShell
from flawless.report.plan_page import plan_page
from flawless.testing.fakes import fake_ports
from flawless.testing.from_files import write_files

DATABASE = "  db: {image: 'postgres:16'}\n"
API = "  api: {image: 'example/api:1', environment: {DATABASE_URL: 'postgresql://app@db/app'}}\n"
JOB = "  migrate: {image: 'example/api:1', restart: 'no', environment: {DATABASE_URL: 'postgresql://app@db/app'}}\n"
SETTINGS = '[migrations]\nservice = "api"\ncommand = ["alembic", "upgrade", "head"]\n'


async def told(root: Path, services: str, **files: str) -> tuple[str, ...]:
    write_files(root, {"compose.yaml": f"services:\n{services}", "api/alembic.ini": "[alembic]\n", **files})
    session = await open_session(root, fake_ports(shell=RealShell()), Asked(), lambda _: None)
    return await unclaimed(session)


async def test_the_tool_its_folder_and_the_settings_are_named(tmp_path: Path) -> None:
    (line,) = await told(tmp_path, DATABASE + API)
    assert line.startswith("Alembic has migrations in api, and no job runs them")
    _, _, command = line.partition("command = ")
    assert tomllib.loads(f"command = {command}") == {"command": ["alembic", "upgrade", "head"]}


@pytest.mark.parametrize(
    ("services", "settings"),
    [(DATABASE + API + JOB, ""), (DATABASE + API, SETTINGS), (API, "")],
    ids=["a-job-runs-them", "a-command-runs-them", "no-postgresql"],
)
async def test_where_a_job_runs_them_there_is_nothing_to_say(tmp_path: Path, services: str, settings: str) -> None:
    assert await told(tmp_path, services, **{"flawless.toml": settings}) == ()


def test_a_plan_shows_its_notes() -> None:
    assert "  note: nobody migrates\n" in plan_page(Plan("shop", "r2", "r1", (), (), notes=("nobody migrates",)))
