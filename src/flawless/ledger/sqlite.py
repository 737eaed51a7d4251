"""The ledger in one SQLite file."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import msgspec

from flawless.errors import UsageError
from flawless.ledger import _database
from flawless.ledger._packing import pack, unpack
from flawless.model.alerts import Alert, Block
from flawless.model.history import ReleaseRow, RunRow
from flawless.model.release import ReleaseState
from flawless.model.report import Report
from flawless.ports.ledger import JournalRecord
from flawless.wire import json_bytes, whole

T = TypeVar("T")
PATIENCE = 5.0
_RUN = "run_id, stack, phase, started, seconds, exit_code, go, reason"
_RELEASE = "id, stack, revision, state, created, parent, images"
# Two questions, not one with an OR: only so each of them is answered in the order of its index.
_OF = {False: "", True: "WHERE stack = :stack"}
_ALERT = "key, subject, said, do, raised, cleared"
# What is above the limit goes, the oldest first, a whole time at once: what is newer adds up to no more than it.
_OLD = """
    DELETE FROM samples WHERE began <= (
        SELECT max(began) FROM (SELECT began, sum(sum(length(packed))) OVER (ORDER BY began DESC) AS held
                                FROM samples GROUP BY began)
        WHERE held > ?)
"""
_ENTRY = "event, stack, at, step, kind, state, detail"
# The newest begin or end of each journal says whether that deploy is still open.
_OPEN = """
    SELECT release FROM journal AS mark
    WHERE stack = ? AND event = 'begin'
      AND NOT EXISTS (SELECT 1 FROM journal AS later
                      WHERE later.release = mark.release AND later.event = 'end' AND later.seq > mark.seq)
    ORDER BY at DESC, release DESC LIMIT 1
"""


class SqliteLedger:
    """Implements ``ports.ledger.Ledger``; for one thread. Use as a context manager, or close it."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path, patience: float = PATIENCE) -> SqliteLedger:
        """Open or make the file; UsageError when that cannot be done within ``patience`` seconds."""
        return cls(path, _database.connect(path, patience))

    def __enter__(self) -> SqliteLedger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def record_run(self, report: Report, facts: bytes = b"") -> None:
        """See ``Ledger.record_run``."""
        decision = report.decision
        row = (
            report.run_id,
            report.stack.name,
            report.phase,
            report.started,
            report.seconds,
            decision.exit_code,
            decision.go,
            whole(decision.reason),
            json_bytes(report).decode(),
        )
        with _database.told(self._path), _database.transaction(self._connection):
            self._insert("runs", row)
            if facts:
                self._insert("facts", (report.run_id, zlib.compress(facts)))

    def runs(self, stack: str = "", limit: int = 20) -> tuple[RunRow, ...]:
        """See ``Ledger.runs``."""
        query = f"SELECT {_RUN} FROM runs {_OF[bool(stack)]} ORDER BY started DESC, rowid DESC LIMIT :limit"  # noqa: S608
        return tuple(self._struct(RunRow, _RUN, row) for row in self._list(query, stack, limit))

    def run(self, run_id: str) -> Report | None:
        """See ``Ledger.run``."""
        rows = self._ask("SELECT report FROM runs WHERE run_id = ?", run_id)
        return self._decoded(rows[0][0], Report) if rows else None

    def latest_run(self, stack: str = "") -> Report | None:
        """See ``Ledger.latest_run``."""
        newest = self.runs(stack, 1)
        return self.run(newest[0].run_id) if newest else None

    def facts(self, run_id: str) -> bytes | None:
        """See ``Ledger.facts``."""
        rows = self._ask("SELECT packed FROM facts WHERE run_id = ?", run_id)
        try:
            return zlib.decompress(rows[0][0]) if rows else None
        except (zlib.error, TypeError) as error:
            raise self._unreadable(error) from error

    def record_release(self, release: ReleaseRow) -> None:
        """See ``Ledger.record_release``."""
        row = (
            release.id,
            release.stack,
            release.revision,
            release.state,
            release.parent,
            release.created,
            msgspec.json.encode(release.images).decode(),
        )
        with _database.told(self._path), _database.transaction(self._connection):
            self._insert("releases", row)

    def release_became(self, release_id: str, state: ReleaseState) -> None:
        """See ``Ledger.release_became``."""
        with _database.told(self._path), _database.transaction(self._connection):
            changed = self._connection.execute("UPDATE releases SET state = ? WHERE id = ?", (state, release_id))
        if not changed.rowcount:
            raise UsageError(
                f"the ledger {self._path} knows no release {release_id}", remedy="flawless history lists them"
            )

    def releases(self, stack: str = "", limit: int = 20) -> tuple[ReleaseRow, ...]:
        """See ``Ledger.releases``."""
        query = f"SELECT {_RELEASE} FROM releases {_OF[bool(stack)]} ORDER BY created DESC, id DESC LIMIT :limit"  # noqa: S608
        return tuple(self._struct(ReleaseRow, _RELEASE, row) for row in self._list(query, stack, limit))

    def release(self, release_id: str) -> ReleaseRow | None:
        """See ``Ledger.release``."""
        rows = self._ask(f"SELECT {_RELEASE} FROM releases WHERE id = ?", release_id)  # noqa: S608
        return self._struct(ReleaseRow, _RELEASE, rows[0]) if rows else None

    def journal_append(self, release_id: str, record: JournalRecord) -> None:
        """See ``Ledger.journal_append``."""
        detail = json_bytes(record.detail).decode()
        row = (record.event, record.stack, record.step, record.kind, record.state, record.at, detail)
        with _database.told(self._path), _database.transaction(self._connection):
            query = "SELECT coalesce(max(seq), 0) + 1 FROM journal WHERE release = ?"
            (number,) = self._connection.execute(query, (release_id,)).fetchone()
            self._insert("journal", (release_id, number, *row))

    def journal(self, release_id: str) -> tuple[JournalRecord, ...]:
        """See ``Ledger.journal``."""
        rows = self._ask(f"SELECT {_ENTRY} FROM journal WHERE release = ? ORDER BY seq", release_id)  # noqa: S608
        return tuple(self._struct(JournalRecord, _ENTRY, row) for row in rows)

    def open_deploy(self, stack: str) -> str | None:
        """See ``Ledger.open_deploy``."""
        rows = self._ask(_OPEN, stack)
        return str(rows[0][0]) if rows else None

    def keep_samples(self, stack: str, blocks: Sequence[Block]) -> None:
        """See ``Ledger.keep_samples``."""
        with _database.told(self._path), _database.transaction(self._connection):
            for block in blocks:
                self._insert("samples", (stack, block.ticks[0].at, block.container, pack(block.ticks)))

    def drop_samples(self, most: int) -> int:
        """See ``Ledger.drop_samples``."""
        with _database.told(self._path), _database.transaction(self._connection):
            return self._connection.execute(_OLD, (most,)).rowcount

    def samples(self, stack: str, since: float = 0.0) -> tuple[Block, ...]:
        """See ``Ledger.samples``."""
        query = "SELECT container, packed FROM samples WHERE stack = ? AND began >= ? ORDER BY began, container"
        try:
            return tuple(Block(container=name, ticks=unpack(packed)) for name, packed in self._ask(query, stack, since))
        except (zlib.error, ValueError, TypeError, msgspec.MsgspecError) as error:
            raise self._unreadable(error) from error

    def record_alert(self, stack: str, alert: Alert) -> None:
        """See ``Ledger.record_alert``."""
        row = (stack, alert.raised, alert.key, alert.subject, alert.cleared, alert.said, alert.do)
        with _database.told(self._path), _database.transaction(self._connection):
            self._insert("alerts", row)

    def alerts(self, stack: str, since: float = 0.0) -> tuple[Alert, ...]:
        """See ``Ledger.alerts``."""
        query = f"SELECT {_ALERT} FROM alerts WHERE stack = ? AND (cleared = 0 OR cleared >= ?) ORDER BY raised DESC"  # noqa: S608
        return tuple(self._struct(Alert, _ALERT, row) for row in self._ask(query, stack, since))

    def close(self) -> None:
        """See ``Ledger.close``."""
        self._connection.close()

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with _database.told(self._path):
            return self._connection.execute(query, values).fetchall()

    def _list(self, query: str, stack: str, limit: int) -> list[tuple[Any, ...]]:
        with _database.told(self._path):
            return self._connection.execute(query, {"stack": stack, "limit": limit}).fetchall()

    def _insert(self, table: str, row: tuple[object, ...]) -> None:
        holders = ", ".join("?" * len(row))
        self._connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({holders})", row)  # noqa: S608

    def _struct(self, shape: type[T], columns: str, row: tuple[Any, ...]) -> T:
        data = dict(zip(columns.split(", "), row, strict=True))
        for column in {"images", "detail"} & data.keys():
            data[column] = self._decoded(data[column], dict[str, Any])
        try:
            return msgspec.convert(data, shape, strict=False)
        except msgspec.ValidationError as error:
            raise self._unreadable(error) from error

    def _decoded(self, text: str, shape: type[T]) -> T:
        try:
            return msgspec.json.decode(text, type=shape)
        except (msgspec.MsgspecError, TypeError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> UsageError:
        what = f"the ledger {self._path} holds an entry that cannot be read: {error}"
        return UsageError(what, remedy="read it with the flawless that wrote it, or move the ledger away")
