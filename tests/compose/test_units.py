"""Durations and sizes of the resolved model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.compose import units


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30.0),
        ("1m30s", 90.0),
        ("1h1m1.5s", 3661.5),
        ("250ms", 0.25),
        ("1.5h", 5400.0),
        ("0s", 0.0),
        (".5s", 0.5),
        ("100us", 1e-4),
    ],
)
def test_a_go_duration_is_read_in_seconds(text: str, seconds: float) -> None:
    assert units.duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "30", "1m 30s", "x1s", "1s!", "1.2.3s", "-1s"])
def test_what_is_no_duration_has_no_seconds(text: str) -> None:
    assert units.duration(text) is None


@given(st.text())
def test_any_text_is_a_duration_or_none(text: str) -> None:
    assert units.duration(text) is None or units.duration(text) >= 0  # type: ignore[operator]


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_hours_minutes_and_seconds_add_up(hours: int, minutes: int, seconds: int) -> None:
    assert units.duration(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds


@pytest.mark.parametrize(
    ("value", "number"),
    [("268435456", 268435456), (5, 5), (0, None), (-1, None), (None, None), ("x", None), ("1e3", 1000)],
)
def test_a_limit_that_limits_nothing_is_none(value: object, number: int | None) -> None:
    assert units.whole(value) == number


@pytest.mark.parametrize(("value", "number"), [(0.5, 0.5), ("0.50", 0.5), (0, None), (None, None), ("x", None)])
def test_cpus_are_a_number_or_none(value: object, number: float | None) -> None:
    assert units.fraction(value) == number
