"""Two runs beside each other: nothing is called gone that the later run did not look at."""

from __future__ import annotations

import pytest
from msgspec import structs

from flawless.judging.compare import compare
from flawless.model.change import How
from flawless.model.check import Finding, Level, Outcome, Severity, Verdict, worst
from flawless.model.comparison import Moved, StepTimes
from flawless.model.report import Report
from tests.report.sample import COURSE, failed_deploy, file_check

NOTHING: tuple[str, ...] = ()


def verdict(check: str, **subjects: Outcome) -> Verdict:
    """A verdict with one finding for each service."""
    found = tuple(Finding(f"service:{name}", outcome, f"{check} {name}") for name, outcome in subjects.items())
    return Verdict(check, check, Severity.BLOCK, Level.FILES, worst(found), (), found, "", "")


def run(*verdicts: Verdict) -> Report:
    return structs.replace(file_check(), verdicts=verdicts)


FAIL, PASS, WAIVED, UNKNOWN, ERROR = (
    Outcome.FAIL,
    Outcome.PASS,
    Outcome.WAIVED,
    Outcome.UNKNOWN,
    Outcome.ERROR,
)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([verdict("a", web=FAIL)], [verdict("a", web=FAIL)], ""),
        ([verdict("a", web=FAIL)], [verdict("a", web=PASS)], "gone"),
        ([verdict("a", web=FAIL)], [verdict("a", web=WAIVED)], "waived"),
        ([verdict("a", web=FAIL)], [verdict("a", web=UNKNOWN)], "lost"),
        ([verdict("a", web=FAIL)], [verdict("a", web=ERROR)], "lost"),
        ([verdict("a", web=FAIL)], [verdict("a", other=UNKNOWN)], "lost"),
        ([verdict("a", web=FAIL)], [verdict("a", other=PASS)], "gone"),
        ([verdict("a", web=FAIL)], [], ""),
        ([verdict("a", web=PASS)], [verdict("a", web=FAIL)], "new"),
        ([verdict("a", web=UNKNOWN)], [verdict("a", web=FAIL)], "new"),
        ([], [verdict("a", web=FAIL)], ""),
        ([verdict("a", web=FAIL, db=PASS)], [verdict("a", web=FAIL, db=FAIL)], "new"),
    ],
)
def test_a_failure_is_told_as_what_became_of_it(before: list[Verdict], after: list[Verdict], told: str) -> None:
    found = compare(run(*before), run(*after))
    parts = {"new": found.new, "gone": found.gone, "waived": found.waived, "lost": found.lost}
    assert {name: len(part) for name, part in parts.items() if part} == ({told: 1} if told else {})


def test_a_message_with_another_number_is_the_same_failure() -> None:
    other = structs.replace(verdict("a", web=FAIL), findings=(Finding("service:web", FAIL, "12 MB instead of 11"),))
    found = compare(run(verdict("a", web=FAIL)), run(other))
    assert (found.new, found.gone) == ((), ())


def test_checks_of_one_run_only_are_named_and_not_compared() -> None:
    found = compare(
        run(verdict("a", web=FAIL), verdict("b", web=PASS)), run(verdict("b", web=FAIL), verdict("c", web=FAIL))
    )
    assert (found.only_before, found.only_after) == (("a",), ("c",))
    assert found.moved == (Moved("b", "b", Severity.BLOCK, PASS, FAIL),)
    assert [each.check for each in found.new] == ["b"]


def test_a_run_compared_with_itself_differs_in_nothing() -> None:
    found = compare(failed_deploy(), failed_deploy(), ({"web": "sha256:1"}, {"web": "sha256:1"}))
    assert (found.moved, found.new, found.gone, found.lost, found.only_before, found.images) == ((),) * 6
    assert found.notes == NOTHING


def test_times_are_those_of_steps_that_were_taken() -> None:
    later = structs.replace(failed_deploy(), steps=failed_deploy().steps[:1])
    steps = {each.id: each for each in compare(failed_deploy(), later).steps}
    assert steps["build"] == StepTimes("build", 12.4, 12.4)
    assert steps["migrate"] == StepTimes("migrate", 0.8, None)
    assert "switch-nginx" not in steps, "it was skipped: no time of it was measured"


def test_traffic_is_told_in_totals() -> None:
    before, after = compare(failed_deploy(), file_check()).traffic
    assert failed_deploy().traffic == structs.replace(before, course=COURSE) if before else False
    assert after is None


def test_images_are_told_by_service() -> None:
    found = compare(run(), run(), ({"web": "1", "old": "2"}, {"web": "3", "new": "4"})).images
    assert found
    assert [(each.subject, each.how) for each in found] == [
        ("new", How.ADDED),
        ("old", How.REMOVED),
        ("web", How.CHANGED),
    ]
    assert compare(run(), run()).images is None


def test_runs_that_do_not_belong_together_are_called_so() -> None:
    other = structs.replace(run(), stack=structs.replace(run().stack, name="other"), started="2020-01-01T00:00:00Z")
    assert len(compare(run(), other).notes) == 2
