"""Opening an SQLite file: folder, permissions, durability, migrations; every failure one sentence with what to do."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from flawless.errors import UsageError
from flawless.ports.files import make_state_folder

APPLICATION_ID = 0x464C4157  # "FLAW", so that nobody else's database is ever taken for ours
STATE_FOLDER = ".flawless"

_NEW_PLACE = "make it writable for you, or name another place with --ledger"
_MOVE_AWAY = "move it away; releases are kept with the engine, so deploy and rollback work without it"
_WHY: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: ("is locked", "wait for the other flawless that uses it, then try again"),
    sqlite3.SQLITE_LOCKED: ("is locked", "wait for the other flawless that uses it, then try again"),
    sqlite3.SQLITE_PERM: ("may not be used", _NEW_PLACE),
    sqlite3.SQLITE_READONLY: ("is read-only", _NEW_PLACE),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", _NEW_PLACE),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "look at the disk it is on, or name another with --ledger"),
    sqlite3.SQLITE_FULL: ("cannot grow, the disk is full", "free some space"),
    sqlite3.SQLITE_CORRUPT: ("is damaged", _MOVE_AWAY),
    sqlite3.SQLITE_NOTADB: ("is no ledger", _MOVE_AWAY),
}


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into a UsageError that names the path."""
    try:
        yield
    except sqlite3.Error as error:
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        what, remedy = _WHY.get(primary, ("cannot be used", _MOVE_AWAY))
        raise UsageError(f"the ledger {path} {what}: {error}", remedy=remedy) from error
    except OSError as error:
        raise UsageError(f"the ledger {path} cannot be used: {error.strerror}", remedy=_NEW_PLACE) from error


def connect(path: Path, patience: float) -> sqlite3.Connection:
    """An open, migrated database; ``patience`` in seconds is how long a lock is waited for. Raises UsageError."""
    with told(path):
        _make_place(path)
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _make_place(path: Path) -> None:
    folder = path.parent
    if folder.name == STATE_FOLDER:
        make_state_folder(folder)
    else:
        folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # FULL: a commit is on the disk when it returns, also in WAL mode (https://www.sqlite.org/pragma.html#pragma_synchronous)
    newest = migrations()
    version = _version(connection, path, len(newest))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if version == len(newest):
        return
    with transaction(connection):
        # Asked again under the lock: another process may have been first.
        for number in range(_version(connection, path, len(newest)), len(newest)):
            for statement in _statements(newest[number]):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(newest)}")


def _version(connection: sqlite3.Connection, path: Path, newest: int) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if owner != APPLICATION_ID and (tables or version):
        raise UsageError(f"{path} is the database of another program", remedy="name another place with --ledger")
    if version > newest:
        what = f"the ledger {path} was written by a newer flawless (schema {version}, this one knows {newest})"
        raise UsageError(what, remedy="update flawless, or name another place with --ledger")
    return int(version)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and on the disk at the end."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def migrations() -> tuple[str, ...]:
    """The SQL of every migration, in the order of their names."""
    folder = files("flawless.ledger") / "migrations"
    scripts = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return tuple(script.read_text(encoding="utf-8") for script in scripts)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
