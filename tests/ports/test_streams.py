"""Docker's formats: frames, log lines, and times with nanoseconds."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.ports.engine import LogLine
from flawless.ports.streams import LogSplitter, engine_time, frames, log_lines

FIRST, SECOND = "2026-01-02T03:04:05.000000001Z", "2026-01-02T03:04:06.5Z"
AT, LATER = 1_767_323_045.0, 1_767_323_046.5


def frame(stream: int, payload: bytes) -> bytes:
    return struct.pack(">BxxxL", stream, len(payload)) + payload


def test_frames_name_their_stream() -> None:
    raw = frame(1, b"out") + frame(2, b"") + frame(2, b"err") + frame(0, b"in") + frame(9, b"?")
    assert list(frames(raw)) == [
        ("stdout", b"out"),
        ("stderr", b""),
        ("stderr", b"err"),
        ("stdin", b"in"),
        ("stdout", b"?"),
    ]


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=9)), max_size=4), st.integers(0, 80))
def test_however_it_is_cut_off_only_whole_frames_come_out(parts: list[tuple[int, bytes]], cut: int) -> None:
    raw = b"".join(frame(*part) for part in parts)
    whole = [("stdout" if stream == 1 else "stderr", payload) for stream, payload in parts]
    found = list(frames(raw[:cut]))
    assert found == whole[: len(found)]
    assert len(found) == len(whole) or cut < len(raw)


@given(st.lists(st.integers(1, 200), max_size=12), st.booleans())
def test_lines_that_arrive_in_pieces_are_whole_and_all_there(cuts: list[int], tty: bool) -> None:
    lines = [f"{FIRST} line {number} \u00e4\n".encode() for number in range(5)]
    raw = b"".join(line if tty else frame(1 + number % 2, line) for number, line in enumerate(lines))
    splitter, found = LogSplitter(tty=tty), []
    for size in [*cuts, len(raw)]:
        found += splitter.feed(raw[:size])
        raw = raw[size:]
    assert [line.text for line in found] == [f"line {number} \u00e4" for number in range(5)]


def test_log_lines_of_both_streams_are_in_time_order() -> None:
    raw = frame(2, f"{SECOND} late\n".encode()) + frame(1, f"{FIRST} early\n{SECOND} also late\n".encode())
    assert log_lines(raw, tty=False) == [
        LogLine("stdout", AT, "early"),
        LogLine("stderr", LATER, "late"),
        LogLine("stdout", LATER, "also late"),
    ]


@pytest.mark.parametrize(
    ("payload", "texts"),
    [
        (f"{FIRST} \n", [""]),
        (f"{FIRST} two  spaces \n", ["two  spaces "]),
        (f"{FIRST} 50%\r100%\n", ["50%\r100%"]),
        (f"{FIRST} form\ffeed \u2028 line\x85 \n{FIRST} b\n", ["form\ffeed \u2028 line\x85 ", "b"]),
        ("", []),
    ],
    ids=["empty-line", "spaces", "carriage-return", "other-line-ends", "nothing"],
)
def test_a_log_line_is_kept_as_it_was_written(payload: str, texts: list[str]) -> None:
    assert [line.text for line in log_lines(frame(1, payload.encode()), tty=False)] == texts


def test_a_terminal_s_log_has_no_frames_and_ends_lines_with_a_carriage_return() -> None:
    raw = f"{FIRST} one\r\n{SECOND} two\r\n".encode()
    assert [(line.at, line.text) for line in log_lines(raw, tty=True)] == [(AT, "one"), (LATER, "two")]


def test_bytes_that_are_no_text_do_not_stop_the_reading() -> None:
    (line,) = log_lines(frame(1, FIRST.encode() + b" \xff\xfe!\n"), tty=False)
    assert line.text == "\ufffd\ufffd!"


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        ("2026-01-02T03:04:05Z", AT),
        ("2026-01-02T03:04:05.5Z", AT + 0.5),
        ("2026-01-02T03:04:05.123456789Z", AT + 0.123456),
        ("2026-01-02T04:04:05+01:00", AT),
        ("2026-01-02T04:04:05.5+01:00", AT + 0.5),
        ("2026-01-01T22:04:05-05:00", AT),
        ("2026-01-01T22:04:05.123456789-05:00", AT + 0.123456),
        ("2026-01-02T03:04:05", AT),
        ("1970-01-01T00:00:00Z", 0.0),
        ("0001-01-01T00:00:00Z", 0.0),
        ("", 0.0),
        ("yesterday", 0.0),
    ],
)
def test_an_engine_s_time_is_seconds_since_the_epoch(stamp: str, seconds: float) -> None:
    assert engine_time(stamp) == pytest.approx(seconds, abs=1e-6)
