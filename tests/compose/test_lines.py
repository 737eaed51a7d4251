"""Lines are counted as editors count them."""

from __future__ import annotations

import pytest

from flawless import dotenv
from flawless.lines import lines_of


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\n\n", ["a", ""]),
        ("a\r\nb", ["a", "b"]),
        ("a\fb\x1ec\x85d\u2028e\nf", ["a\fb\x1ec\x85d\u2028e", "f"]),
    ],
)
def test_only_a_line_feed_ends_a_line(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


def test_a_form_feed_shifts_no_line_number() -> None:
    assert dotenv.names("# a\f\f\nB=1\nC=2\n") == {"B": 2, "C": 3}
