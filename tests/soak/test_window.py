"""From looks to a window: what counts as a restart, a flap, a sample."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from flawless.model.facts import Facts, Known, Unknown, known, service_subject
from flawless.model.keys import CONTAINERS, LOGS, USAGE, WINDOW
from flawless.model.observed import LogScan, LogTemplate, Usage, Window
from flawless.soak.window import Look, restarts, window
from flawless.testing import samples

BACKEND = samples.service("backend")
SUBJECT = service_subject("backend")
QUIET = Facts([known(LOGS, SUBJECT, LogScan(10, ()))])


def look(at: float, memory: int = 0, **changes: Any) -> Look:
    container = structs.replace(samples.container("backend"), **changes)
    facts = [known(CONTAINERS, SUBJECT, (container,))]
    if memory:
        facts.append(known(USAGE, SUBJECT, (Usage("c", memory, 0, 0.5, 0.0, 1, 0),)))
    return Look(at, Facts(facts))


def judged(looks: list[Look], logs: Facts = QUIET) -> Window:
    reading = Facts([window(BACKEND, looks, logs, looks[-1].at, 300.0)]).get(WINDOW, SUBJECT)
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
def test_restarts_are_counted_since_the_first_look(later: dict[str, Any], count: int) -> None:
    assert restarts(BACKEND, [look(0), look(2, **later)]) == count


def test_an_older_restart_is_not_counted() -> None:
    assert restarts(BACKEND, [look(0, restart_count=2), look(2, restart_count=2)]) == 0


def test_each_time_health_is_left_is_a_flap() -> None:
    states = ["healthy", "unhealthy", "unhealthy", "healthy", "starting"]
    assert judged([look(at, health=health) for at, health in enumerate(states)]).health_flaps == 2


def test_memory_and_cpu_become_samples_with_their_time() -> None:
    found = judged([look(0, memory=10), look(2), look(4, memory=30)]).samples
    assert [(sample.at, sample.memory, sample.cpu) for sample in found] == [(0, 10, 0.5), (4, 30, 0.5)]


def test_an_oom_kill_and_new_errors_are_in_the_window() -> None:
    template = LogTemplate("error <n>", 2, "error 1")
    seen = judged([look(0), look(2, oom_killed=True)], Facts([known(LOGS, SUBJECT, LogScan(10, (template,)))]))
    assert (seen.oom_kills, seen.new_errors, seen.seconds, seen.asked) == (1, (template,), 2, 300)


@pytest.mark.parametrize(
    ("looks", "logs", "reason"),
    [([look(0)], Facts(), "nobody looked"), ([Look(0, Facts())], QUIET, "could not be seen")],
)
def test_what_was_not_seen_is_unknown(looks: list[Look], logs: Facts, reason: str) -> None:
    reading = Facts([window(BACKEND, looks, logs, 1.0, 1.0)]).get(WINDOW, SUBJECT)
    assert isinstance(reading, Unknown)
    assert reason in reading.reason
