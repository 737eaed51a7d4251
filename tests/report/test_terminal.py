"""The report on a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from msgspec import structs
from rich.cells import cell_len

from flawless.model.report import Report
from flawless.report.terminal import to_terminal

from .golden import same_as_golden
from .sample import failed_deploy, file_check, good_deploy

REPORTS: dict[str, Callable[[], Report]] = {"failed": failed_deploy, "good": good_deploy, "check": file_check}


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", REPORTS)
def test_the_page_reads_as_agreed(name: str, width: int) -> None:
    assert same_as_golden(f"{name}-{width}.txt", to_terminal(REPORTS[name](), width))


@pytest.mark.parametrize("width", [40, 57, 80, 120, 200])
@pytest.mark.parametrize("name", REPORTS)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    text = to_terminal(REPORTS[name](), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_without_colour_there_is_no_escape_and_no_control_character() -> None:
    text = to_terminal(failed_deploy(), 80)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_with_colour_only_colours_and_weights_are_sent() -> None:
    text = to_terminal(failed_deploy(), 80, color=True)
    sequences = set(re.findall(r"\x1b[^m]*m?", text))
    assert sequences
    assert all(re.fullmatch(r"\x1b\[[0-9;]*m", sequence) for sequence in sequences)


def test_colour_changes_no_word() -> None:
    colored = re.sub(r"\x1b\[[0-9;]*m", "", to_terminal(failed_deploy(), 80, color=True))
    assert colored == to_terminal(failed_deploy(), 80)


@pytest.mark.parametrize("name", REPORTS)
def test_every_line_of_the_checklist_is_on_the_page(name: str) -> None:
    report = REPORTS[name]()
    text = to_terminal(report, 200)
    missing = [item.item for item in report.checklist if not re.search(rf"\b{re.escape(item.item)}\b", text)]
    assert missing == []


def test_every_state_is_a_word_and_not_only_a_sign() -> None:
    text = to_terminal(failed_deploy(), 80)
    for line in ("✔ checked ", "✘ failed ", "? unknown ", "~ waived ", "- not applicable ", "· not run "):
        assert line in text


def test_the_verdict_is_the_first_line_and_the_last() -> None:
    lines = to_terminal(good_deploy(), 100).splitlines()
    assert lines[0].startswith("✔ GO")
    assert lines[-1].startswith("✔ GO")


def test_the_cause_comes_before_the_findings() -> None:
    text = to_terminal(failed_deploy(), 80)
    assert 0 < text.index("Root cause") < text.index("Failed (2)") < text.index("Checklist")


def test_the_traffic_line_counts_failures_and_the_gap() -> None:
    assert "0 of 1842 requests failed, longest gap 210 ms" in to_terminal(good_deploy(), 100)


def test_lines_nobody_looked_at_are_counted_at_the_end() -> None:
    assert "10 lines not looked at or not decided" in to_terminal(good_deploy(), 100)


def test_an_allowed_unknown_is_named() -> None:
    assert "allowed although unknown: dependency-vulnerable" in to_terminal(failed_deploy(), 80)


def test_of_many_findings_ten_are_shown_and_the_rest_is_counted() -> None:
    report = failed_deploy()
    first = report.verdicts[0]
    many = structs.replace(first, findings=first.findings[:1] * 15)
    text = to_terminal(structs.replace(report, verdicts=(many,)), 100)
    assert text.count("viworks-backend-1 is unhealthy: connection refused") == 10
    assert "and 5 more" in text


def test_a_report_without_anything_in_it_is_still_a_page() -> None:
    report = structs.replace(file_check(), verdicts=(), checklist=(), evidence={})
    assert "no check was run" in to_terminal(report, 40)


def test_wide_characters_do_not_break_the_width() -> None:
    report = structs.replace(good_deploy(), notes=("漢字" * 80,))
    assert max(cell_len(line) for line in to_terminal(report, 40).splitlines()) <= 40
