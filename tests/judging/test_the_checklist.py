"""Every line of the checklist is in every report."""

from __future__ import annotations

import pytest

from flawless.judging.catalogue import catalogue
from flawless.judging.checklist import checklist
from flawless.model.check import Check, Finding, Level, Outcome, Rule, Severity, Verdict, View
from flawless.model.checklist import BOXES, FINALS, LINES
from flawless.model.report import ChecklistItem, ItemState


def judge(view: View) -> list[Finding]:
    return [view.ok("fine")]


CHECK = Check("root", "t", Severity.BLOCK, ("P2.4",), (Rule(Level.LIVE, judge), Rule(Level.FILES, judge)), "", "")


def verdict(
    outcome: Outcome, check: str = "root", items: tuple[str, ...] = ("P2.4",), level: Level = Level.LIVE
) -> Verdict:
    return Verdict(check, "t", Severity.BLOCK, level, outcome, items, (), f"{check} said so")


def line(item: str, *verdicts: Verdict, **options: object) -> ChecklistItem:
    items = checklist(verdicts, (CHECK,), **options)  # type: ignore[arg-type]
    return next(each for each in items if each.item == item)


def test_there_are_68_boxes_and_8_final_items_each_once() -> None:
    items = checklist((), ())
    assert [each.item for each in items] == [each.item for each in LINES]
    assert len({each.item for each in LINES}) == len(LINES)
    assert (len(BOXES), len(FINALS)) == (68, 8)


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (Outcome.PASS, ItemState.CHECKED, ""),
        (Outcome.FAIL, ItemState.FAILED, "root: root said so"),
        (Outcome.ERROR, ItemState.UNKNOWN, "root: root said so"),
        (Outcome.UNKNOWN, ItemState.UNKNOWN, "root: root said so"),
        (Outcome.WAIVED, ItemState.WAIVED, "root: root said so"),
        (Outcome.NOT_APPLICABLE, ItemState.NOT_APPLICABLE, "root: root said so"),
    ],
)
def test_a_line_has_the_state_of_its_check(outcome: Outcome, state: ItemState, reason: str) -> None:
    item = line("P2.4", verdict(outcome))
    assert (item.state, item.reason, item.checks) == (state, reason, ("root",))


def test_the_worst_of_several_checks_decides_a_line() -> None:
    item = line("P2.4", verdict(Outcome.PASS, "a"), verdict(Outcome.FAIL, "b"), verdict(Outcome.UNKNOWN, "c"))
    assert (item.state, item.reason, item.checks) == (ItemState.FAILED, "b: b said so", ("a", "b", "c"))


def test_a_check_that_did_not_apply_does_not_hide_one_that_passed() -> None:
    item = line("P2.4", verdict(Outcome.NOT_APPLICABLE, "a"), verdict(Outcome.PASS))
    assert item.state is ItemState.CHECKED


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.PASS, ItemState.NOT_RUN),
        (Outcome.NOT_APPLICABLE, ItemState.NOT_RUN),
        (Outcome.FAIL, ItemState.FAILED),
        (Outcome.UNKNOWN, ItemState.UNKNOWN),
    ],
)
def test_a_line_is_not_claimed_while_one_of_its_checks_was_not_asked(outcome: Outcome, state: ItemState) -> None:
    item = line("P2.4", verdict(outcome, "another"))
    assert item.state is state
    if state is ItemState.NOT_RUN:
        missing = "root is decided at level live or files: not part of this run"
        assert item.reason == f"another found nothing; {missing}"


def test_a_line_that_was_not_judged_says_at_which_level_it_is() -> None:
    assert line("P2.4").reason == "root is decided at level live or files: not part of this run"
    assert line("P1.1").reason == "no check decides this line yet"
    assert line("P1.1").state is ItemState.NOT_RUN


@pytest.mark.parametrize(
    ("verdicts", "done", "state", "reason"),
    [
        ([], (True, "stopped in 2 s"), ItemState.CHECKED, "stopped in 2 s"),
        ([], (False, "killed"), ItemState.FAILED, "killed"),
        ([Outcome.PASS], (False, "killed"), ItemState.FAILED, "killed"),
        ([Outcome.PASS], (True, "stopped"), ItemState.CHECKED, ""),
        ([Outcome.FAIL], (True, "stopped"), ItemState.FAILED, "root: root said so"),
    ],
)
def test_an_action_fills_its_line_but_never_hides_a_failed_check(
    verdicts: list[Outcome], done: tuple[bool, str], state: ItemState, reason: str
) -> None:
    judged = [verdict(outcome, items=("D1.1",)) for outcome in verdicts]
    item = line("D1.1", *judged, done={"D1.1": done})
    assert (item.state, item.reason) == (state, reason)


@pytest.mark.parametrize(
    ("item", "window", "state"),
    [
        ("C1.2", 299.0, ItemState.NOT_RUN),
        ("C1.2", 300.0, ItemState.CHECKED),
        ("C1.5", 599.0, ItemState.NOT_RUN),
        ("C2.2", 120.0, ItemState.CHECKED),
        ("P2.4", 0.0, ItemState.CHECKED),
    ],
)
def test_a_line_that_asks_for_a_window_is_checked_only_after_it(item: str, window: float, state: ItemState) -> None:
    assert line(item, verdict(Outcome.PASS, items=(item,)), window=window).state is state


def test_migrations_are_not_tested_by_being_read() -> None:
    read = verdict(Outcome.PASS, "migration-unsafe", ("P1.5",), Level.FILES)
    item = next(each for each in checklist((read,), catalogue().values()) if each.item == "P1.5")
    assert item.state is ItemState.NOT_RUN
    assert "migration-fails is decided at level rehearsal" in item.reason


def test_a_failure_counts_however_short_the_window_was() -> None:
    assert line("C1.2", verdict(Outcome.FAIL, items=("C1.2",)), window=1.0).state is ItemState.FAILED


@pytest.mark.parametrize(
    ("item", "level", "state"),
    [
        ("V3.1", Level.FILES, ItemState.NOT_RUN),
        ("V3.1", Level.IMAGE, ItemState.NOT_RUN),
        ("V3.1", Level.LIVE, ItemState.CHECKED),
        ("F5", Level.SOAK, ItemState.CHECKED),
        ("P2.4", Level.FILES, ItemState.CHECKED),
    ],
)
def test_a_line_about_what_runs_is_not_checked_by_what_files_say(item: str, level: Level, state: ItemState) -> None:
    assert line(item, verdict(Outcome.PASS, items=(item,), level=level)).state is state


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.PASS, "soak good over 300 s"),
        (Outcome.FAIL, "soak bad: root: root said so"),
        (Outcome.UNKNOWN, "soak inconclusive: root: root said so"),
        (Outcome.ERROR, "soak inconclusive: root: root said so"),
        (Outcome.WAIVED, "root: root said so"),
    ],
)
def test_a_line_that_the_soak_decided_says_so(outcome: Outcome, reason: str) -> None:
    assert line("C1.2", verdict(outcome, items=("C1.2",), level=Level.SOAK), window=300.0).reason == reason


def test_a_failure_of_another_look_is_not_laid_to_the_soak() -> None:
    live = verdict(Outcome.FAIL, "a", ("C1.2",))
    soak = verdict(Outcome.PASS, items=("C1.2",), level=Level.SOAK)
    assert line("C1.2", live, soak, window=300.0).reason == "a: a said so"
