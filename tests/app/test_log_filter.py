"""Which lines of a log are wanted: by level, by what is in them, by whether they are new; and since when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.app.log_filter import LineFilter, Wanted, pattern, since
from flawless.errors import UsageError
from flawless.probes.live._errors import LEVELS, level_of
from flawless.probes.live._shapes import Familiar

NOW = 1_800_000_000.0
LOG = (
    "INFO request 7 took 3 ms",
    "WARN pool is nearly full",
    "ERROR cannot reach host 10.0.0.3",
    "    while it opened a connection",
    "plain words",
    '{"level": "debug", "msg": "looked"}',
    '{"level": 50, "msg": "broke"}',
    "Traceback (most recent call last):",
    "  File x",
    "ValueError: no",
)


def taken(known: tuple[str, ...] = (), **wanted: object) -> list[int]:
    chosen = LineFilter(Wanted(**wanted), Familiar(known))  # type: ignore[arg-type]
    return [number for number, line in enumerate(LOG) if chosen.takes(line)]


CASES = [
    (taken(), list(range(len(LOG)))),
    (taken(level="info"), [0, 1, 2, 3, 4, 6, 7, 8, 9]),
    (taken(level="warn"), [1, 2, 3, 6, 7, 8, 9]),
    (taken(level="error"), [2, 3, 6, 7, 8, 9]),
    (taken(grep=pattern("took|full")), [0, 1]),
    (taken(grep=pattern("(?i)PLAIN"), level="error"), []),
    (taken(new=True), [2, 6, 9]),
    (taken(("ERROR cannot reach host <ip>",), new=True), [6, 9]),
]


@pytest.mark.parametrize(("found", "wanted"), CASES)
def test_only_wanted_lines_are_taken(found: list[int], wanted: list[int]) -> None:
    assert found == wanted


@given(st.text())
def test_any_line_has_a_level_or_none(line: str) -> None:
    assert level_of(line) in ("", *LEVELS)


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ('{"level": 10}', "trace"),
        ('{"level": 30}', "info"),
        ('{"level": 60}', "error"),
        ('{"level": 1e400}', "error"),
        ('{"level": true}', "trace"),
        ('{"severity": "WARNING"}', "warn"),
        ("LOG:  database system is ready", "info"),
        ("DEBUG2:  found", "debug"),
        ("level=warning msg=x", "warn"),
        ("\x1b[31mERROR\x1b[0m no", "error"),
        ("thread 'main' panicked at src/main.rs", "error"),
        ("hello", ""),
    ],
)
def test_the_level_that_a_line_states(line: str, level: str) -> None:
    assert level_of(line) == level


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 0.0),
        ("10m", NOW - 600),
        ("1h30m", NOW - 5400),
        ("2d", NOW - 172_800),
        ("2027-01-15T08:00:00Z", NOW),
        ("2027-01-15T08:00", NOW),
        ("2027-01-15T10:00:00+02:00", NOW),
    ],
)
def test_since_when(text: str, at: float) -> None:
    assert since(text, NOW) == at


@pytest.mark.parametrize("text", ["yesterday", "10", "-5m", "2027-13-01"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="neither a duration nor a time"):
        since(text, NOW)


def test_an_expression_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="no regular expression"):
        pattern("(")
