"""Accepted findings: what a waiver covers, and what becomes of one that is stale."""

from __future__ import annotations

from datetime import date

import pytest

from flawless.judging.waive import waive
from flawless.model.check import Finding, Level, Outcome, Severity, Verdict, worst
from flawless.model.settings import Waiver

TODAY = date(2026, 3, 1)


def verdict(*outcomes: Outcome, check: str = "runs-as-root") -> Verdict:
    findings = tuple(Finding(f"service:s{index}", outcome, f"m{index}") for index, outcome in enumerate(outcomes))
    return Verdict(check, "t", Severity.BLOCK, Level.FILES, worst(findings), ("P2.4",), findings, "m0")


def waiver(subject: str = "", until: str = "", check: str = "runs-as-root") -> Waiver:
    return Waiver(check, "it has to", "ops", subject, until)


@pytest.mark.parametrize(
    ("outcomes", "subject", "expected"),
    [
        ([Outcome.FAIL], "", [Outcome.WAIVED]),
        ([Outcome.FAIL, Outcome.FAIL], "", [Outcome.WAIVED, Outcome.WAIVED]),
        ([Outcome.FAIL, Outcome.FAIL], "service:s1", [Outcome.FAIL, Outcome.WAIVED]),
        ([Outcome.UNKNOWN, Outcome.PASS], "", [Outcome.WAIVED, Outcome.PASS]),
        ([Outcome.ERROR, Outcome.FAIL], "", [Outcome.ERROR, Outcome.WAIVED]),
        ([Outcome.NOT_APPLICABLE, Outcome.FAIL], "service:s1", [Outcome.NOT_APPLICABLE, Outcome.WAIVED]),
    ],
)
def test_a_waiver_covers_failures_and_unknowns_of_its_subject_and_nothing_else(
    outcomes: list[Outcome], subject: str, expected: list[Outcome]
) -> None:
    (after,) = waive([verdict(*outcomes)], [waiver(subject)], TODAY)
    assert [finding.outcome for finding in after.findings] == expected
    assert after.outcome is worst(after.findings)


def test_the_waived_finding_says_who_accepted_it_and_why() -> None:
    (after,) = waive([verdict(Outcome.FAIL)], [waiver()], TODAY)
    assert after.reason == "m0 (waived by ops: it has to)"
    assert after.findings[0].remedy == "nothing: waived by ops: it has to"


@pytest.mark.parametrize(
    ("until", "outcome", "complaint"),
    [("2026-03-01", Outcome.WAIVED, None), ("2026-02-28", Outcome.FAIL, "waiver-expired")],
)
def test_a_waiver_counts_up_to_its_last_day(until: str, outcome: Outcome, complaint: str | None) -> None:
    after, *complaints = waive([verdict(Outcome.FAIL)], [waiver(until=until)], TODAY)
    assert after.outcome is outcome
    assert [each.check for each in complaints] == ([complaint] if complaint else [])


@pytest.mark.parametrize(("outcome", "subject"), [(Outcome.PASS, ""), (Outcome.FAIL, "service:gone")])
def test_a_waiver_that_matches_nothing_is_reported_as_a_warning(outcome: Outcome, subject: str) -> None:
    before, complaint = waive([verdict(outcome)], [waiver(subject)], TODAY)
    assert before.outcome is outcome
    assert (complaint.check, complaint.severity, complaint.outcome) == ("waiver-unused", Severity.WARN, Outcome.FAIL)
    assert complaint.findings[0].location is not None
    assert "runs-as-root by ops" in complaint.reason


def test_a_waiver_of_a_check_that_did_not_run_is_no_complaint() -> None:
    assert len(waive([verdict(Outcome.FAIL)], [waiver(check="port-published")], TODAY)) == 1


def test_without_waivers_the_verdicts_are_the_same() -> None:
    before = verdict(Outcome.FAIL)
    assert waive([before], [], TODAY) == (before,)
