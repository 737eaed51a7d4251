"""The report on a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from msgspec import UNSET, structs
from rich.cells import cell_len

from flawless.model.check import Finding, Outcome, Severity
from flawless.model.fix import Fix
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


def test_a_second_line_tells_the_times_before_during_and_after_the_switch() -> None:
    line = "50 / 99 % within: before 3.1 / 8.8 ms, during 4.9 / 41.5 ms, after 3.2 / 9.0 ms"
    assert line in to_terminal(good_deploy(), 100)
    assert "50 / 99 % within" not in to_terminal(failed_deploy(), 100), "nothing was parted"


def test_lines_nobody_looked_at_are_counted_at_the_end() -> None:
    assert "10 lines not looked at or not decided" in to_terminal(good_deploy(), 100)


def test_an_allowed_unknown_is_named() -> None:
    assert "allowed although unknown: dependency-vulnerable" in to_terminal(failed_deploy(), 80)


def many(*messages: str, absent: bool = False, severity: Severity = Severity.BLOCK) -> Report:
    """One failing check that says each message of two services."""
    findings = tuple(
        Finding(f"service:{name}", Outcome.FAIL, text, "mend it", absent=absent or UNSET)
        for text in messages
        for name in ("one", "two")
    )
    verdict = structs.replace(failed_deploy().verdicts[0], findings=findings, severity=severity, reference="RFC 1")
    return structs.replace(file_check(), verdicts=(verdict,))


def test_what_is_the_same_of_many_services_is_said_once_with_one_remedy_and_one_reference() -> None:
    text = to_terminal(many("is bad"), 100)
    assert text.count("one, two: is bad") == 1
    assert (text.count("do: mend it"), text.count("see: RFC 1")) == (1, 1)


def test_of_many_messages_three_are_shown_and_the_rest_is_counted() -> None:
    messages = [f"fault {number}" for number in range(15)]
    text = to_terminal(many(*messages), 100)
    assert text.count("one, two: fault") == 3
    assert "and 12 more of this kind; --all shows them" in text
    assert to_terminal(many(*messages), 100, everything=True).count("one, two: fault") == 15


def test_protection_that_is_left_out_is_folded_into_one_line_unless_all_is_asked_for() -> None:
    report = many("has no limit", absent=True)
    name = report.verdicts[0].check
    assert f"✘ block: {name} (2 services)" in to_terminal(report, 100)
    assert "has no limit" not in to_terminal(report, 100)
    assert "one, two: has no limit" in to_terminal(report, 100, everything=True)


def test_a_check_that_finds_a_real_fault_beside_what_is_left_out_is_not_folded() -> None:
    report = many("has no limit", absent=True)
    verdict = report.verdicts[0]
    real = structs.replace(verdict.findings[0], message="is privileged", absent=UNSET)
    mixed = structs.replace(verdict, findings=(*verdict.findings, real))
    lines = to_terminal(structs.replace(report, verdicts=(mixed,)), 100).splitlines()
    assert [line.strip() for line in lines if "is privileged" in line or "no limit" in line] == [
        "one: is privileged",
        "one, two: has no limit",
    ]


def test_findings_of_severity_info_are_only_counted_unless_all_is_asked_for() -> None:
    report = many("is odd", severity=Severity.INFO)
    assert "For the interested (1)" in to_terminal(report, 100)
    assert "is odd" not in to_terminal(report, 100)
    assert "one, two: is odd" in to_terminal(report, 100, everything=True)


def test_many_checks_that_are_blind_for_the_same_reason_are_one_entry() -> None:
    first = failed_deploy().verdicts[0]
    blind = Finding("service:proxy", Outcome.UNKNOWN, "the configuration is in the image only")
    verdicts = tuple(
        structs.replace(first, check=name, outcome=Outcome.UNKNOWN, findings=(blind,)) for name in ("a-one", "b-two")
    )
    text = to_terminal(structs.replace(file_check(), verdicts=verdicts), 100)
    assert "? a-one, b-two (block, live)" in text
    assert text.count("the configuration is in the image only") == 1


def test_the_services_that_flawless_fix_mends_are_named() -> None:
    report = many("is bad")
    fix = Fix(report.verdicts[0].check, "service:two", "compose.yaml", "x", ())
    assert "fix: flawless fix writes it for two" in to_terminal(structs.replace(report, fixes=(fix,)), 100)


def test_a_report_without_anything_in_it_is_still_a_page() -> None:
    report = structs.replace(file_check(), verdicts=(), checklist=(), evidence={})
    assert "no check was run" in to_terminal(report, 40)


def test_wide_characters_do_not_break_the_width() -> None:
    report = structs.replace(good_deploy(), notes=("漢字" * 80,))
    assert max(cell_len(line) for line in to_terminal(report, 40).splitlines()) <= 40
