"""History in one SQLite file: kept, found again, and never a traceback."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import structs

from flawless.errors import UsageError
from flawless.ledger._database import APPLICATION_ID, migrations, transaction
from flawless.ledger.sqlite import SqliteLedger
from flawless.model.history import ReleaseRow
from flawless.model.release import ReleaseState
from flawless.model.report import Report
from flawless.ports.ledger import JournalEvent, JournalRecord, Ledger
from flawless.report.as_json import from_json

SAMPLE = from_json((Path(__file__).parents[1] / "report" / "golden" / "failed.json").read_bytes())
REPORT = structs.replace(SAMPLE, stack=structs.replace(SAMPLE.stack, name="viworks"))


def report(run_id: str, stack: str = "viworks", started: str = "2026-01-02T03:04:05Z") -> Report:
    return structs.replace(REPORT, run_id=run_id, started=started, stack=structs.replace(REPORT.stack, name=stack))


def release(id_: str, created: float = 1.0, stack: str = "viworks") -> ReleaseRow:
    return ReleaseRow(
        id=id_, stack=stack, revision="abc", state=ReleaseState.BUILDING, created=created, images={"web": "sha256:1"}
    )


def entry(event: JournalEvent, at: float = 1.0, stack: str = "viworks", step: str = "") -> JournalRecord:
    return JournalRecord(event=event, stack=stack, at=at, step=step, kind="switch", state="started", detail={"n": [1]})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".flawless" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(path) as opened:
        yield opened


def test_it_keeps_the_protocol(ledger: SqliteLedger) -> None:
    kept: Ledger = ledger
    assert kept.runs() == ()


def test_a_run_comes_back_whole(ledger: SqliteLedger) -> None:
    ledger.record_run(REPORT, b'[{"key": "x"}]' * 100)
    assert ledger.run(REPORT.run_id) == REPORT
    assert ledger.facts(REPORT.run_id) == b'[{"key": "x"}]' * 100


def test_a_run_nobody_made_is_none(ledger: SqliteLedger) -> None:
    assert (ledger.run("x"), ledger.facts("x"), ledger.latest_run()) == (None, None, None)


def test_runs_are_listed_newest_first_by_stack_and_limit(ledger: SqliteLedger) -> None:
    ledger.record_run(report("a", started="2026-01-01T00:00:00Z"))
    ledger.record_run(report("b", started="2026-01-03T00:00:00Z"))
    ledger.record_run(report("c", "other", "2026-01-04T00:00:00Z"))
    ledger.record_run(report("d", started="2026-01-02T00:00:00Z"))
    assert [row.run_id for row in ledger.runs("viworks")] == ["b", "d", "a"]
    assert [row.run_id for row in ledger.runs(limit=2)] == ["c", "b"]
    latest = ledger.latest_run("viworks")
    assert latest is not None
    assert latest.run_id == "b"
    row = ledger.runs("viworks")[0]
    assert (row.go, row.exit_code, row.phase, row.reason) == (False, 4, "deploy", REPORT.decision.reason)


def test_a_run_recorded_again_replaces_itself_and_its_facts(ledger: SqliteLedger) -> None:
    ledger.record_run(REPORT, b"[1]")
    ledger.record_run(structs.replace(REPORT, phase="verify"))
    assert [row.phase for row in ledger.runs()] == ["verify"]
    assert ledger.facts(REPORT.run_id) is None


def test_releases_change_their_state_and_nothing_else(ledger: SqliteLedger) -> None:
    ledger.record_release(release("r1", 1.0))
    ledger.record_release(release("r2", 2.0))
    ledger.record_release(release("r3", 3.0, "other"))
    ledger.release_became("r1", ReleaseState.GOOD)
    assert ledger.releases("viworks") == (release("r2", 2.0), structs.replace(release("r1"), state=ReleaseState.GOOD))
    assert [row.id for row in ledger.releases(limit=1)] == ["r3"]


def test_a_release_nobody_recorded_cannot_change(ledger: SqliteLedger) -> None:
    with pytest.raises(UsageError, match="knows no release r9"):
        ledger.release_became("r9", ReleaseState.GOOD)


def test_the_journal_keeps_order_and_detail(ledger: SqliteLedger) -> None:
    records = [entry(JournalEvent.BEGIN), entry(JournalEvent.STEP, 0.5, step="build"), entry(JournalEvent.END)]
    for record in records:
        ledger.journal_append("r1", record)
    ledger.journal_append("r2", entry(JournalEvent.BEGIN))
    assert list(ledger.journal("r1")) == records
    assert ledger.journal("none") == ()


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], None),
        ([("r1", JournalEvent.BEGIN)], "r1"),
        ([("r1", JournalEvent.BEGIN), ("r1", JournalEvent.STEP)], "r1"),
        ([("r1", JournalEvent.BEGIN), ("r1", JournalEvent.END)], None),
        ([("r1", JournalEvent.BEGIN), ("r1", JournalEvent.END), ("r1", JournalEvent.BEGIN)], "r1"),
        ([("r1", JournalEvent.BEGIN), ("r2", JournalEvent.BEGIN), ("r2", JournalEvent.END)], "r1"),
        ([("r1", JournalEvent.BEGIN), ("r2", JournalEvent.BEGIN)], "r2"),
    ],
)
def test_a_deploy_is_open_from_its_begin_to_its_end(
    ledger: SqliteLedger, marks: list[tuple[str, JournalEvent]], expected: str | None
) -> None:
    for at, (name, event) in enumerate(marks):
        ledger.journal_append(name, entry(event, float(at)))
    assert ledger.open_deploy("viworks") == expected
    assert ledger.open_deploy("other") is None


def test_a_killed_writer_loses_nothing_that_was_appended(path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from flawless.ledger.sqlite import SqliteLedger;"
        "from flawless.ports.ledger import JournalEvent, JournalRecord;"
        "ledger = SqliteLedger.open(Path(sys.argv[1]));"
        "begin = [JournalRecord(event=JournalEvent.BEGIN, stack='s', at=float(n)) for n in range(7)];"
        "[ledger.journal_append('r1', record) for record in begin];"
        "ledger._connection.execute('BEGIN IMMEDIATE'); ledger._connection.execute('DELETE FROM journal');"
        "os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=60)
    assert ended.returncode == -9
    with SqliteLedger.open(path) as ledger:
        assert [record.at for record in ledger.journal("r1")] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_two_processes_append_without_losing_a_number(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from flawless.ledger.sqlite import SqliteLedger;"
        "from flawless.ports.ledger import JournalEvent, JournalRecord;"
        "ledger = SqliteLedger.open(Path(sys.argv[1]), 30);"
        "[ledger.journal_append('r1', JournalRecord(event=JournalEvent.STEP, stack='s', at=1.0)) for n in range(25)]"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    with SqliteLedger.open(path) as ledger:
        assert len(ledger.journal("r1")) == 50


def test_its_folder_is_private_and_ignored_by_git(ledger: SqliteLedger, path: Path) -> None:
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (path.parent / ".gitignore").read_text().splitlines()[-1] == "*"


def test_a_folder_of_the_user_s_gets_no_gitignore(tmp_path: Path) -> None:
    SqliteLedger.open(tmp_path / "history" / "mine.db").close()
    assert not (tmp_path / "history" / ".gitignore").exists()


def test_it_is_durable_and_in_wal_mode(ledger: SqliteLedger) -> None:
    ask = ledger._connection.execute
    assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
    assert ask("PRAGMA synchronous").fetchone() == (2,)
    assert ask("PRAGMA user_version").fetchone() == (len(migrations()),)


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no database at all, whatever its name says\n" * 100)


def _damaged(path: Path) -> None:
    with SqliteLedger.open(path) as ledger:
        for number in range(200):
            ledger.record_release(release(f"r{number}"))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE notes (text)")
    other.close()


def _newer(path: Path) -> None:
    SqliteLedger.open(path).close()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()


def _folder(path: Path) -> None:
    path.mkdir()


def _unreadable_row(path: Path) -> None:
    with SqliteLedger.open(path) as ledger:
        ledger.record_release(release("r1"))
        ledger._connection.execute("UPDATE releases SET images = 'no json'")


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (_garbage, "is no ledger"),
        (_damaged, "is damaged"),
        (_foreign, "database of another program"),
        (_newer, "written by a newer flawless"),
        (_folder, "cannot be"),
        (_unreadable_row, "cannot be read"),
    ],
)
def test_a_ledger_that_cannot_be_used_is_one_sentence_with_the_path(
    path: Path, spoil: Callable[[Path], None], what: str
) -> None:
    path.parent.mkdir()
    spoil(path)
    with pytest.raises(UsageError, match=what) as caught, SqliteLedger.open(path) as ledger:
        ledger.releases()
    assert str(path) in caught.value.what
    assert caught.value.remedy


def test_another_program_s_database_is_left_as_it_was(path: Path) -> None:
    path.parent.mkdir()
    _foreign(path)
    before = path.read_bytes()
    with pytest.raises(UsageError):
        SqliteLedger.open(path)
    assert path.read_bytes() == before


def test_a_locked_ledger_says_so(path: Path, ledger: SqliteLedger) -> None:
    ledger._connection.execute("BEGIN IMMEDIATE")
    with SqliteLedger.open(path, patience=0.05) as second, pytest.raises(UsageError, match="is locked"):
        second.record_release(release("r1"))
    ledger._connection.execute("ROLLBACK")


def test_a_read_only_ledger_says_so(path: Path, ledger: SqliteLedger) -> None:
    ledger._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(UsageError, match="is read-only"):
        ledger.record_release(release("r1"))


def test_a_file_where_the_folder_should_be_says_so(tmp_path: Path) -> None:
    (tmp_path / ".flawless").write_text("")
    with pytest.raises(UsageError, match="cannot be used"):
        SqliteLedger.open(tmp_path / ".flawless" / "ledger.db")


def test_a_failed_write_leaves_nothing_half_done(ledger: SqliteLedger) -> None:
    ledger._connection.execute("DROP TABLE facts")
    with pytest.raises(UsageError):
        ledger.record_run(REPORT, b"[]")
    assert ledger.runs() == ()


def test_migrations_are_numbered_without_a_gap() -> None:
    folder = Path(sys.modules["flawless.ledger"].__path__[0]) / "migrations"
    numbers = sorted(int(script.name.partition("_")[0]) for script in folder.glob("*.sql"))
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("stack", ["", "viworks"])
@pytest.mark.parametrize("table", ["runs", "releases"])
def test_a_list_is_read_in_the_order_of_an_index_and_never_sorted(ledger: SqliteLedger, table: str, stack: str) -> None:
    asked: list[str] = []
    ledger._connection.set_trace_callback(asked.append)
    getattr(ledger, table)(stack, limit=20)
    ledger._connection.set_trace_callback(None)
    (query,) = [each for each in asked if each.lstrip().startswith("SELECT")]
    plan = " ".join(str(row[3]) for row in ledger._connection.execute(f"EXPLAIN QUERY PLAN {query}"))
    assert "USING INDEX" in plan and "TEMP B-TREE" not in plan, plan
    assert "LIMIT 20" in query


def test_a_ledger_of_the_first_schema_is_taken_over(path: Path) -> None:
    path.parent.mkdir()
    first = sqlite3.connect(path)
    first.executescript(migrations()[0])
    first.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    first.execute("PRAGMA user_version = 1")
    first.execute("INSERT INTO releases VALUES ('r1', 'viworks', 'abc', 'good', '', 1.0, '{}')")
    first.commit()
    first.close()
    with SqliteLedger.open(path) as taken:
        kept = taken.release("r1")
        assert kept and kept.revision == "abc"
        assert taken.release("r2") is None
        assert [each.id for each in taken.releases("viworks")] == ["r1"]


def test_of_thousands_of_runs_a_list_has_the_newest_as_many_as_asked(ledger: SqliteLedger) -> None:
    row = ("viworks", "deploy", 1.0, 0, 1, "fine", "{}")
    with transaction(ledger._connection):
        ledger._connection.executemany(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((f"r{n:05}", *row[:2], f"2026-01-02T00:00:00.{n:05}Z", *row[2:]) for n in range(5_000)),
        )
    assert [each.run_id for each in ledger.runs(limit=2)] == ["r04999", "r04998"]
