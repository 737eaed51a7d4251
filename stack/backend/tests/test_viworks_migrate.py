"""The job that migrates, run as the stack runs it. The migrations themselves have tests of their own."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from viworks_stores import Stores

from viworks import migrate, settings
from viworks.database import Database
from viworks.tables import accounts, audit_log

SOURCE = Path(__file__).resolve().parents[1] / "src"


@pytest.mark.parametrize(
    ("password", "message"),
    [("", "is empty"), ("short", "12 to 128 characters"), ("Password1234", "can be guessed"), ("x" * 129, "12 to 128")],
)
def test_the_first_account_gets_no_weak_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str, message: str
) -> None:
    file = tmp_path / "password"
    file.write_text(password, encoding="utf-8")
    monkeypatch.setenv("ADMIN_PASSWORD_FILE", str(file))
    with pytest.raises(settings.SettingsError, match=message) as caught:
        migrate.admin_password()
    assert "ADMIN_PASSWORD_FILE" in str(caught.value)


async def job(stores: Stores, folder: Path) -> int:
    """The exit code of `python -m viworks.migrate`."""
    url, _, rest = stores.dsn("owner").partition("@")
    (folder / "owner").write_text(url.rpartition(":")[2], encoding="utf-8")
    (folder / "admin").write_text("violet-Tram-32-lantern", encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(SOURCE), *sys.path]),
        "DATABASE_URL": f"postgresql://viworks_owner@{rest}",
        "DATABASE_PASSWORD_FILE": str(folder / "owner"),
        "ADMIN_PASSWORD_FILE": str(folder / "admin"),
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "viworks.migrate", env=environment)
    async with asyncio.timeout(120):
        return await process.wait()


@pytest.mark.engine
async def test_jobs_at_the_same_moment_do_the_work_once(stores: Stores, database: Database, tmp_path: Path) -> None:
    await stores.migrate("base")
    assert await asyncio.gather(job(stores, tmp_path), job(stores, tmp_path)) == [0, 0]
    assert await job(stores, tmp_path) == 0
    async with database.reading() as connection:
        people = (await connection.execute(select(accounts.c.username, accounts.c.role))).all()
        entries = (await connection.execute(select(audit_log.c.action, audit_log.c.subject))).all()
    assert [tuple(row) for row in people] == [("admin", "admin")]
    assert [tuple(row) for row in entries] == [("user.create", "account:admin")]
