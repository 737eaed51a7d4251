"""Waivers in comments: the line they cover, the services behind it, and what becomes of those that are wrong."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec import UNSET

from flawless.judging.waive import waive
from flawless.model.check import Finding, Level, Outcome, Severity, Verdict
from flawless.model.stack import Origin
from flawless.model.waiver import Acceptance, InlineWaiver

TODAY = date(2026, 3, 1)
KNOWN = ("runs-as-root", "port-published")


def verdict(
    at: Origin | None, level: Level = Level.FILES, outcome: Outcome = Outcome.FAIL, check: str = "runs-as-root"
) -> Verdict:
    finding = Finding("service:app", outcome, "m", "do it", at)
    return Verdict(check, "t", Severity.BLOCK, level, outcome, (), (finding,), "m")


def comment(line: int = 7, until: str = "", check: str = "runs-as-root", problem: str = "") -> InlineWaiver:
    """A comment on line 6 that speaks of ``line``."""
    return InlineWaiver(check, "it has to", "ops", until, Origin("compose.yaml", 6), line, ("service:app",), problem)


def after(waiver: InlineWaiver, before: Verdict) -> tuple[Outcome, list[str]]:
    first, *complaints = waive([before], [], TODAY, [waiver], KNOWN)
    return first.outcome, [each.check for each in complaints]


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (Origin("compose.yaml", 7), Outcome.WAIVED),
        (Origin("compose.yaml", 6), Outcome.WAIVED),
        (Origin("compose.yaml", 8), Outcome.FAIL),
        (Origin("other.yaml", 7), Outcome.FAIL),
        (None, Outcome.FAIL),
    ],
)
def test_a_comment_covers_its_own_line_and_the_one_below(at: Origin | None, outcome: Outcome) -> None:
    assert after(comment(), verdict(at)) == (outcome, [] if outcome is Outcome.WAIVED else ["waiver-unused"])


def test_what_runs_has_no_lines_so_the_services_of_the_line_are_covered() -> None:
    assert after(comment(), verdict(Origin("compose.yaml", 30), Level.LIVE)) == (Outcome.WAIVED, [])


def test_a_comment_followed_by_a_blank_line_covers_nothing() -> None:
    assert after(comment(line=0), verdict(Origin("compose.yaml", 0)))[0] is Outcome.WAIVED
    assert after(comment(line=0), verdict(Origin("compose.yaml", 8)))[0] is Outcome.FAIL


@pytest.mark.parametrize(
    ("waiver", "complaint"),
    [
        (comment(until="2026-02-28"), "waiver-expired"),
        (comment(check="no-such"), "waiver-invalid"),
        (comment(problem="is not of the form"), "waiver-invalid"),
        (comment(line=99), "waiver-unused"),
    ],
)
def test_a_comment_that_is_wrong_covers_nothing_and_is_a_finding_with_file_and_line(
    waiver: InlineWaiver, complaint: str
) -> None:
    first, said = waive([verdict(Origin("compose.yaml", 7))], [], TODAY, [waiver], KNOWN)
    assert (first.outcome, said.check, said.severity) == (Outcome.FAIL, complaint, Severity.WARN)
    assert said.findings[0].location == Origin("compose.yaml", 6)


def test_a_comment_about_a_check_that_did_not_run_is_no_complaint() -> None:
    assert after(comment(check="port-published"), verdict(None)) == (Outcome.FAIL, [])


def test_complaints_of_one_kind_are_one_verdict() -> None:
    _, said = waive([verdict(None)], [], TODAY, [comment(line=90), comment(line=91)], KNOWN)
    assert len(said.findings) == 2


def test_the_finding_says_where_it_is_accepted_and_why() -> None:
    (first,) = waive([verdict(Origin("compose.yaml", 7))], [], TODAY, [comment(until="2026-03-01")], KNOWN)
    (finding,) = first.findings
    assert finding.remedy == "nothing: waived by ops in compose.yaml:6: it has to"
    assert finding.accepted == Acceptance("it has to", "ops", "2026-03-01", Origin("compose.yaml", 6))
    assert verdict(None).findings[0].accepted is UNSET
