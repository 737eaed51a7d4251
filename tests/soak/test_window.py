"""From what was seen to a window: what counts as a restart, a kill, a flap, and what cannot be told."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from flawless.model.facts import Facts, Known, Unknown, service_subject
from flawless.model.keys import WINDOW
from flawless.model.observed import ContainerState, LogScan, LogTemplate, Window
from flawless.soak.course import Course, Reading
from flawless.soak.window import Faults, Seen, window
from flawless.testing import samples

BACKEND = samples.service("backend")
SUBJECT = service_subject("backend")
TEMPLATE = LogTemplate("error <n>", 2, "error 1")


def states(**changes: Any) -> Known[tuple[ContainerState, ...]]:
    return Known((structs.replace(samples.container("backend"), **changes),))


def seen(**changes: Any) -> Seen:
    quiet = Seen(states(), states(), Faults(), "", Course([states().value[0].id], 2.0), LogScan(10, ()))
    return structs.replace(quiet, **changes)


def told(saw: Seen) -> Window:
    reading = Facts([window(BACKEND, saw, 12.34, 300.0)]).get(WINDOW, SUBJECT)
    assert isinstance(reading, Known)
    return reading.value


@pytest.mark.parametrize(
    ("later", "count"),
    [
        ({}, 0),
        ({"restart_count": 1, "started_at": 5.0}, 1),
        ({"restart_count": 3, "started_at": 5.0}, 3),
        ({"started_at": 5.0}, 1),
        ({"id": "another"}, 1),
    ],
    ids=["nothing", "one", "three", "started-by-hand", "replaced"],
)
def test_restarts_are_counted_since_the_begin(later: dict[str, Any], count: int) -> None:
    assert told(seen(last=states(**later))).restarts == count


def test_an_older_restart_and_an_older_kill_are_not_counted() -> None:
    old = states(restart_count=2, oom_killed=True)
    found = told(seen(first=old, last=old))
    assert (found.restarts, found.oom_kills) == (0, 0)


def test_a_death_that_the_engine_told_counts_once() -> None:
    restarted = states(restart_count=1, started_at=5.0)
    assert told(seen(faults=Faults(deaths=1))).restarts == 1
    assert told(seen(faults=Faults(deaths=1), last=restarted)).restarts == 1


@pytest.mark.parametrize(("faults", "killed"), [(Faults(), True), (Faults(ooms=1), False), (Faults(ooms=1), True)])
def test_a_kill_for_memory_counts_once_and_also_when_the_container_lives_on(faults: Faults, killed: bool) -> None:
    assert told(seen(faults=faults, last=states(oom_killed=killed))).oom_kills == 1


@pytest.mark.parametrize(
    ("faults", "last", "count"),
    [
        (Faults(), "healthy", 0),
        (Faults(), "starting", 1),
        (Faults(unhealthy=2), "healthy", 2),
        (Faults(unhealthy=1), "unhealthy", 1),
    ],
)
def test_each_time_health_is_left_is_a_flap_also_when_it_came_back(faults: Faults, last: str, count: int) -> None:
    assert told(seen(faults=faults, last=states(health=last))).health_flaps == count


def test_new_errors_and_the_times_are_in_the_window() -> None:
    found = told(seen(log=LogScan(10, (TEMPLATE,))))
    assert (found.new_errors, found.seconds, found.asked) == ((TEMPLATE,), 12.3, 300.0)


def test_what_was_read_is_in_the_window() -> None:
    course = Course(["c"], 2.0)
    course.add("c", Reading(0.5, 100, 0.1, 10, 1))
    course.add("c", Reading(1.5, 300, 0.3, 20, 5))
    found = told(seen(course=course))
    assert [(one.at, one.memory, one.cpu) for one in found.samples] == [(1.0, 200, 0.2)]
    assert (found.peak, found.periods, found.throttled) == (300, 10, 4)


BLIND: list[tuple[dict[str, Any], str]] = [
    ({"first": Unknown("x")}, "when the soak began"),
    ({"first": Known(())}, "when the soak began"),
    ({"last": None}, "when the soak ended"),
    ({"deaf": "broken"}, "events could not be followed: broken"),
    ({"mute": "no driver"}, "log could not be followed: no driver"),
]


@pytest.mark.parametrize(("changes", "reason"), BLIND)
def test_what_was_not_seen_is_unknown(changes: dict[str, Any], reason: str) -> None:
    reading = Facts([window(BACKEND, seen(**changes), 1.0, 1.0)]).get(WINDOW, SUBJECT)
    assert isinstance(reading, Unknown)
    assert reason in reading.reason


@pytest.mark.parametrize("changes", [{"deaf": "broken"}, {"mute": "the stream ended"}])
def test_a_death_and_its_last_words_are_told_although_streams_ended_with_it(changes: dict[str, Any]) -> None:
    found = told(seen(faults=Faults(deaths=1), log=LogScan(10, (TEMPLATE,)), **changes))
    assert (found.restarts, found.new_errors) == (1, (TEMPLATE,))
