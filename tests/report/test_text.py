"""Making foreign text safe."""

from __future__ import annotations

import pytest

from flawless.report.text import count, one_line, plain, span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ünïcode 漢字 ✔", "plain text, ünïcode 漢字 ✔"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared", "cleared"),
        ("a\x00b\x08c\x7fd", "abcd"),
        ("over\rwritten", "overwritten"),
        ("one\r\ntwo\tthree", "one\ntwo\tthree"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("zero\u200bwidth", "zerowidth"),
        ("half\ud800pair", "halfpair"),
    ],
)
def test_escapes_controls_and_invisible_signs_are_taken_out(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_one_line_has_single_blanks() -> None:
    assert one_line(" a\n\tb  c\x1b[0m ") == "a b c"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 ms"), (0.21, "210 ms"), (1, "1.0 s"), (59.94, "59.9 s"), (61.5, "1 min 02 s")]
)
def test_durations_are_for_readers(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_one_is_no_plural() -> None:
    assert (count(1, "check"), count(0, "check")) == ("1 check", "0 checks")
