"""Times and cursors of lists."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import TypeAdapter, ValidationError

from viworks.paging import Cursor, Position, cursor, moment, position

WRONG_TIMES = [
    "",
    "now",
    "1769860800",
    "2026-01-31",
    "2026-01-31 12:00:00Z",
    "2026-01-31T12:00:00",
    "2026-01-31T12:00Z",
    "2026-02-30T12:00:00Z",
    "2026-01-31T24:00:01Z",
    "2026-01-31T12:00:00+0100",
    "2026-01-31T12:00:00Z\n",
    "٢٠٢٦-01-31T12:00:00Z",
    "0000-01-01T00:00:00Z",
    1769860800,
    None,
]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31t12:00:00z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T12:00:00.25-00:30", datetime(2026, 1, 31, 12, 30, 0, 250_000, tzinfo=UTC)),
        ("2026-01-31T12:00:00.123456789Z", datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", datetime(1, 1, 2, tzinfo=UTC)),
    ],
)
def test_a_time_of_rfc_3339_is_read(text: str, time: datetime) -> None:
    assert moment(text) == time


@pytest.mark.parametrize("text", WRONG_TIMES)
def test_what_is_no_time_with_an_offset_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        moment(text)


@given(some.datetimes(), some.integers(-23, 23), some.integers(0, 59))
def test_every_time_can_be_turned_to_utc(time: datetime, hours: int, minutes: int) -> None:
    read = moment(f"{time.isoformat(timespec='microseconds')}{hours:+03d}:{minutes:02d}")
    assert read.utcoffset() == UTC.utcoffset(None)


@given(
    some.datetimes(datetime(1970, 1, 1), datetime(5138, 1, 1), timezones=some.just(UTC)),
    some.integers(1, 10**18 - 1),
)
def test_a_cursor_leads_back_to_its_place(at: datetime, key: int) -> None:
    text = cursor(Position(at, key))
    assert text is not None
    assert TypeAdapter(Cursor).validate_python(text) == text
    assert position(text) == Position(at, key)


@given(some.from_regex(r"\A(0|[1-9][0-9]{0,16})\.[1-9][0-9]{0,17}\Z"))
def test_every_cursor_that_is_let_in_is_a_place(text: str) -> None:
    assert cursor(position(text)) == text


@pytest.mark.parametrize("text", ["", "1", "1.0", "01.1", "-1.1", "1.1.1", "1.1\n", "a.b", "1" * 18 + ".1"])
def test_another_text_is_no_cursor(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Cursor).validate_python(text)
    with pytest.raises(ValueError, match="next"):
        position(text)


def test_after_the_last_row_there_is_no_cursor() -> None:
    assert cursor(None) is None
