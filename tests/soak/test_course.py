"""Readings as they come, and the bounded samples that are kept of them."""

from __future__ import annotations

import pytest

from flawless.soak.course import MOST_SAMPLES, Course, Reading, width


def course(*readings: tuple[str, Reading], containers: tuple[str, ...] = ("a", "b"), step: float = 2.0) -> Course:
    made = Course(containers, step)
    for container, reading in readings:
        made.add(container, reading)
    return made


@pytest.mark.parametrize(
    ("seconds", "interval", "expected"), [(15, 2, 2), (480, 2, 2), (600, 2, 2.5), (86_400, 2, 360)]
)
def test_a_long_soak_has_longer_stretches(seconds: float, interval: float, expected: float) -> None:
    assert width(seconds, interval) == expected


def test_a_day_of_readings_is_few_samples() -> None:
    made = Course(["a"], width(86_400, 2))
    for second in range(86_402):
        made.add("a", Reading(float(second), second, 0.1))
    assert len(made.samples()) == MOST_SAMPLES


def test_the_containers_of_a_service_add_up() -> None:
    made = course(("a", Reading(0.1, 100, 0.1)), ("a", Reading(1.1, 200, 0.3)), ("b", Reading(0.6, 50, 1.0)))
    [sample] = made.samples()
    assert (sample.at, sample.memory, sample.cpu) == (0.6, 200, 1.2)
    assert made.peak == 250


def test_a_stretch_in_which_one_was_not_read_is_left_out() -> None:
    made = course(("a", Reading(0.1, 100, 0.1)), ("b", Reading(0.1, 100, 0.1)), ("a", Reading(2.1, 100, 0.1)))
    assert len(made.samples()) == 1


def test_nothing_read_is_nothing_known() -> None:
    empty = course()
    assert (empty.samples(), empty.peak, empty.periods, empty.throttled) == ((), 0, 0, 0)


def test_periods_count_from_the_first_reading_of_each() -> None:
    made = course(
        ("a", Reading(0, 1, 0, 100, 50)), ("a", Reading(1, 1, 0, 110, 55)),
        ("b", Reading(0, 1, 0, 0, 0)), ("b", Reading(1, 1, 0, 10, 1)),
    )  # fmt: skip
    assert (made.periods, made.throttled) == (20, 6)
