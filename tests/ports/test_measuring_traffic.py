"""What users would have seen: gaps, failures and times, from the prober's shots."""

from __future__ import annotations

import time

import pytest

from flawless.app.watching import measured
from flawless.model.plan import Phase, StepKind, StepRecord, StepState
from flawless.ports.prober import Mark, Prober, Shot, longest_gap

URL = "http://127.0.0.1:9/health"


def shots(text: str) -> list[Shot]:
    """One shot a second, each taking a quarter: ``.`` is answered, ``x`` fails."""
    return [Shot(float(at), 0.25, "refused" if mark == "x" else "") for at, mark in enumerate(text)]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0.0),
        (".", 0.0),
        ("....", 0.0),
        ("x", 0.25),
        ("xxx", 2.25),
        (".x.", 2.0),
        ("..xx..", 3.0),
        (".x.x.", 2.0),
        (".x..xxx.", 4.0),
        (".xxx..x.", 4.0),
        ("xx..", 2.0),
        ("...x", 1.25),
        ("..xx", 2.25),
        (".xxx.x", 4.0),
        (".x.xxxx", 4.25),
    ],
)
def test_a_gap_lasts_from_the_last_good_answer_to_the_next_or_to_the_end(text: str, seconds: float) -> None:
    assert longest_gap(shots(text)) == seconds


def prober(taken: list[Shot]) -> Prober:
    made = Prober(URL, rate=10.0)
    made._shots.extend(taken)
    return made


def test_nothing_sent_is_nothing_measured() -> None:
    found = prober([]).traffic()
    assert (found.requests, found.failed, found.longest_gap_ms, found.p50_ms, found.p99_ms) == (0, 0, 0.0, None, None)
    assert (found.target, found.first_failure) == (URL, "")


def test_when_all_failed_there_is_no_time_of_an_answer() -> None:
    found = prober(shots("xx")).traffic()
    assert (found.requests, found.failed, found.longest_gap_ms, found.p50_ms) == (2, 2, 1250.0, None)


def test_shots_count_in_the_order_in_which_they_were_sent() -> None:
    late = [Shot(2.0, 0.1, ""), Shot(0.0, 0.1, ""), Shot(1.0, 5.0, "no answer"), Shot(1.5, 0.1, "refused")]
    found = prober(late).traffic()
    assert (found.longest_gap_ms, found.first_failure, found.failed) == (2000.0, "no answer", 2)


def test_times_of_failures_are_no_answer_times() -> None:
    found = prober([Shot(0.0, 0.010, ""), Shot(1.0, 5.0, "no answer")]).traffic()
    assert (found.p50_ms, found.p99_ms) == (10.0, 10.0)


def test_percentiles_are_taken_of_the_sorted_times() -> None:
    found = prober([Shot(float(at), at / 1000, "") for at in reversed(range(1, 101))]).traffic()
    assert (found.p50_ms, found.p99_ms) == (51.0, 100.0)


def test_latency_counts_from_the_mark_only() -> None:
    made = prober([Shot(0.0, 9.0, ""), Shot(1.0, 9.0, "refused")])
    mark = made.mark()
    made._shots.extend([Shot(2.0, 0.002, ""), Shot(3.0, 0.004, ""), Shot(4.0, 0.001, "refused")])
    found = made.latency(mark)
    assert (found.samples, found.failed, found.p50_ms, found.p95_ms, found.p99_ms) == (3, 1, 4.0, 4.0, 4.0)


def test_latency_of_nothing_has_no_samples() -> None:
    found = prober([]).latency(Mark(0.0))
    assert (found.samples, found.failed, found.p99_ms) == (0, 0, 0.0)


def test_the_course_tells_each_stretch_of_the_window() -> None:
    taken = [Shot(10.0 + at / 2, 0.010, "refused" if at == 3 else "") for at in range(8)]
    found = prober(taken).latency(Mark(10.0), 2.0)
    assert [(one.at, one.answered, one.failed, one.p95_ms) for one in found.course] == [
        (2.0, 3, 1, 10.0),
        (4.0, 4, 0, 10.0),
    ]
    assert found.first_failure == "refused"


def test_further_paths_are_measured_apart_from_the_traffic() -> None:
    made = prober([Shot(0.0, 0.01, "")])
    made.ask_also(["/", "/health", "/shop", "/"])
    mark = made.mark()
    assert list(mark.others) == ["http://127.0.0.1:9/", "http://127.0.0.1:9/shop"]
    made._others["http://127.0.0.1:9/shop"] += [Shot(1.0, 0.2, ""), Shot(2.0, 0.1, "status 502")]
    front, shop = made.latency(mark).paths
    assert (front.samples, shop.samples, shop.failed, shop.p50_ms) == (0, 2, 1, 200.0)
    assert (made.traffic().requests, made.traffic().failed) == (1, 0)


async def test_stopping_a_prober_that_never_began_does_nothing() -> None:
    await prober([]).stop()


def test_requests_are_parted_at_the_begin_and_the_end_of_the_switch() -> None:
    offset = time.time() - time.monotonic()
    taken = [Shot(float(at), at / 1000, "refused" if at == 5 else "") for at in range(1, 11)]
    found = prober(taken).traffic((3.5 + offset, 7.5 + offset))
    assert (found.before, found.during, found.after) == (
        Phase(3, 0, 2.0, 3.0),
        Phase(4, 1, 6.0, 7.0),
        Phase(3, 0, 9.0, 10.0),
    )
    assert (found.requests, found.failed) == (10, 1)


def test_without_a_switch_nothing_is_parted() -> None:
    found = prober(shots("..")).traffic()
    assert (found.before, found.during, found.after) == (None, None, None)


def test_the_course_is_that_of_the_minutes_around_the_switch() -> None:
    offset = time.time() - time.monotonic()
    taken = [Shot(at / 2, 0.010, "refused" if at == 201 else "") for at in range(0, 800)]
    course = prober(taken).traffic((100.0 + offset, 102.0 + offset)).course
    assert course and course.switch and course.width == 1.0
    assert course.switch[0] == pytest.approx(60.0, abs=0.6)
    assert course.switch[1] - course.switch[0] == pytest.approx(2.0, abs=0.1)
    assert [each.failed for each in course.stretches if each.failed] == [1]
    assert sum(each.answered for each in course.stretches) == pytest.approx(243, abs=2)
    assert course.began == pytest.approx(40.0 + offset, abs=0.6)


def test_a_long_course_has_few_stretches_and_an_empty_one_is_none() -> None:
    taken = [Shot(float(at), 0.010, "") for at in range(7200)]
    course = prober(taken).traffic().course
    assert course and course.switch is None
    assert len(course.stretches) <= 300 and sum(each.answered for each in course.stretches) == 7200
    assert prober([]).traffic().course is None


def record(kind: StepKind, began: float, seconds: float) -> StepRecord:
    return StepRecord("s", kind, "why", StepState.PROVED, seconds, began=began)


def test_the_switch_is_from_the_first_step_that_changes_what_serves_to_the_last() -> None:
    offset = time.time() - time.monotonic()
    records = [
        record(StepKind.BUILD, 0.5 + offset, 1.0),
        record(StepKind.SWITCH, 3.5 + offset, 1.0),
        record(StepKind.RELOAD, 4.5 + offset, 2.9),
        record(StepKind.VERIFY, 8.0 + offset, 9.0),
    ]
    found = measured(prober(shots("..........")), records)
    assert found is not None
    parts = [found.before, found.during, found.after]
    assert [part.requests for part in parts if part] == [4, 4, 2]
    nothing_moved = measured(prober(shots("..")), records[:1])
    assert nothing_moved is not None
    assert nothing_moved.during is None
    assert measured(None, records) is None
