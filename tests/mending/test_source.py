"""Edits of a text, and the diff that git takes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.mending.source import Source, difference
from flawless.model.fix import Edit


def test_edits_at_one_place_keep_their_order_and_what_is_deeper_comes_first() -> None:
    source = Source("f", "a:\n  b: 1\nc: 2\n")
    edits = [source.after(2, ["d: 3"]), source.after(2, ["  e: 4"]), source.after(2, ["f: 5"])]
    assert source.edited([*edits, edits[0]]) == "a:\n  b: 1\n  e: 4\nd: 3\nf: 5\nc: 2\n"


def test_an_edit_within_a_line_takes_characters_away_and_puts_others_in() -> None:
    source = Source("f", "x 0.0.0.0:1 0.0.0.0:2")
    assert source.edited([Edit(1, 3, "::1", 7), Edit(1, 13, "::2", 7)]) == "x ::1:1 ::2:2"


@pytest.mark.parametrize(
    ("text", "even"), [("a\nb", True), ("a\r\nb\r\n", True), ("a\r\nb\n", False), ("a\rb", False), ("a\u2028b", False)]
)
def test_a_text_is_even_when_all_its_lines_end_alike(text: str, even: bool) -> None:
    assert Source("f", text).even is even


@pytest.mark.parametrize("before", ["a\nb\nc\n", "a\nb\nc", "a\r\nb\r\n", ""])
@pytest.mark.parametrize("after", ["a\nx\nc\n", "a\nb\nc\nd", "x"])
def test_git_takes_the_diff(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "f"
    if before:
        path.write_bytes(before.encode())
    text = difference("f", before, after, new=not before)
    subprocess.run(["git", "apply", "-"], input=text.encode(), cwd=tmp_path, check=True, timeout=30)
    assert path.read_bytes() == after.encode()


@given(st.text(alphabet="ab\n"), st.text(alphabet="ab\n"))
def test_a_diff_is_empty_only_when_nothing_differs(before: str, after: str) -> None:
    assert (difference("f", before, after) == "") is (before == after)
