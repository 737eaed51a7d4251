"""The journal of a deploy in a real ledger: on the disk before a step is taken, closed when all is done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from flawless.app.journal import DeployJournal, What, end_interrupted, interrupted
from flawless.errors import UsageError
from flawless.ledger.sqlite import SqliteLedger
from flawless.model.plan import StepKind, StepRecord, StepState
from flawless.model.release import ReleaseState
from flawless.ports.ledger import ReleaseRow
from flawless.testing.fakes import FrozenClock
from flawless.testing.samples import NOW


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield opened


def record(step: str, state: StepState, message: str = "") -> StepRecord:
    return StepRecord(step, StepKind.SWITCH, "why", state, 1.5, message, ("a line",))


def journal_in(ledger: SqliteLedger, release: str = "r2") -> DeployJournal:
    return DeployJournal(ledger, FrozenClock(), "shop", release)


def break_disk(tmp_path: Path) -> None:
    """From now on nothing can be appended."""
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    other.close()


def test_everything_is_in_the_ledger_in_order_with_its_time(ledger: SqliteLedger) -> None:
    journal = journal_in(ledger)
    journal.begin()
    journal.step(record("switch-web", StepState.STARTED))
    journal.step(record("switch-web", StepState.PROVED, "healthy"))
    journal.end("good")
    kept = ledger.journal("r2")
    assert [(entry.event, entry.step, entry.state) for entry in kept] == [
        ("begin", "", ""),
        ("step", "switch-web", "started"),
        ("step", "switch-web", "proved"),
        ("end", "", ""),
    ]
    assert {(entry.stack, entry.at) for entry in kept} == {("shop", NOW)}
    assert (kept[2].detail["message"], kept[2].detail["evidence"], kept[3].detail) == (
        "healthy", ["a line"], {"how": "good"}
    )  # fmt: skip


def test_the_report_has_the_last_state_of_each_step_in_the_order_in_which_they_began(ledger: SqliteLedger) -> None:
    journal = journal_in(ledger)
    for step, state in [("a", "started"), ("b", "started"), ("b", "proved"), ("a", "failed"), ("c", "started")]:
        journal.step(record(step, StepState(state)))
    assert [(entry.id, entry.state.value) for entry in journal.records] == [
        ("a", "failed"),
        ("b", "proved"),
        ("c", "started"),
    ]
    assert journal.last() == "c"


def test_between_two_steps_none_is_under_way(ledger: SqliteLedger) -> None:
    journal = journal_in(ledger)
    assert journal.last() == ""
    journal.step(record("a", StepState.STARTED))
    journal.step(record("a", StepState.PROVED))
    assert journal.last() == ""


def test_a_deploy_is_open_until_its_end_is_written(ledger: SqliteLedger) -> None:
    journal = journal_in(ledger)
    journal.begin()
    journal.step(record("a", StepState.STARTED))
    assert ledger.open_deploy("shop") == "r2"
    journal.end("good")
    assert ledger.open_deploy("shop") is None


def test_a_step_that_cannot_be_recorded_is_refused(ledger: SqliteLedger, tmp_path: Path) -> None:
    journal = journal_in(ledger)
    break_disk(tmp_path)
    with pytest.raises(UsageError):
        journal.step(record("a", StepState.STARTED))
    assert ledger.journal("r2") == ()


def test_the_way_back_goes_on_without_a_ledger_and_says_so(ledger: SqliteLedger, tmp_path: Path) -> None:
    journal = journal_in(ledger)
    journal.step(record("switch-web", StepState.FAILED))
    break_disk(tmp_path)
    journal.undo(record("undo-web", StepState.PROVED, "serves again"))
    undone = journal.records[-1]
    assert (undone.id, undone.state) == ("undo-web", StepState.PROVED)
    assert undone.message.startswith("serves again (not recorded: ")
    assert "disk is full" in undone.message


def test_the_way_back_is_recorded_where_it_can_be(ledger: SqliteLedger) -> None:
    journal = journal_in(ledger)
    journal.undo(record("undo-web", StepState.PROVED, "serves again"))
    assert journal.records[-1].message == "serves again"
    assert ledger.journal("r2")[-1].step == "undo-web"


def test_who_takes_over_closes_the_journal_of_the_one_that_was_cut_off(ledger: SqliteLedger) -> None:
    journal_in(ledger, "r1").begin()
    assert end_interrupted(ledger, FrozenClock(), "shop", "r2") == "r1"
    assert ledger.open_deploy("shop") is None
    assert ledger.journal("r1")[-1].detail == {"how": "interrupted, taken over by r2"}


def test_when_none_was_cut_off_nothing_is_closed(ledger: SqliteLedger) -> None:
    journal = journal_in(ledger, "r1")
    journal.begin()
    journal.end("good")
    assert end_interrupted(ledger, FrozenClock(), "shop", "r2") == ""
    assert len(ledger.journal("r1")) == 2


@pytest.mark.parametrize("what", [What(), What(("postgres",), ("web", "postgres")), What(target="r1")])
def test_what_was_cut_off_can_be_taken_up_again(ledger: SqliteLedger, what: What) -> None:
    assert interrupted(ledger, "shop") is None
    journal = journal_in(ledger)
    journal.begin(what)
    journal.step(record("switch-web", StepState.STARTED))
    assert interrupted(ledger, "shop") == ("r2", what)
    journal.end("good")
    assert interrupted(ledger, "shop") is None


def test_what_is_taken_up_again_and_ended_is_ended_for_good(ledger: SqliteLedger) -> None:
    journal_in(ledger).begin(What(("postgres",)))
    again = journal_in(ledger)
    again.begin(What(("redis",)))
    assert interrupted(ledger, "shop") == ("r2", What(("redis",)))
    again.end("good")
    assert interrupted(ledger, "shop") is None


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (ReleaseState.BUILDING, ReleaseState.BAD),
        (ReleaseState.SWITCHING, ReleaseState.BAD),
        (ReleaseState.SOAKING, ReleaseState.BAD),
        (ReleaseState.GOOD, ReleaseState.GOOD),
    ],
)
def test_a_release_that_was_cut_off_is_bad_unless_it_was_good_already(
    ledger: SqliteLedger, was: ReleaseState, becomes: ReleaseState
) -> None:
    ledger.record_release(ReleaseRow(id="r2", stack="shop", revision="a", state=was, created=1.0, parent="", images={}))
    journal_in(ledger).begin()
    assert end_interrupted(ledger, FrozenClock(), "shop", "r3") == "r2"
    assert ledger.releases("shop")[0].state is becomes
