"""Names and lines of env files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless import dotenv


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A=1\nB=2", {"A": 1, "B": 2}),
        ("# A=1\n\n  B = 2", {"B": 3}),
        ("export A=1", {"A": 1}),
        ("A=1\nA=2", {"A": 2}),
        ("A: 1", {"A": 1}),
        ("A", {"A": 1}),
        ("A='x\ny=1\nz'\nB=2", {"A": 1, "B": 4}),
        ('A="x\nC=\\"1\nz"\nB=2', {"A": 1, "B": 4}),
        ('A="x" # it "is"\nB=2', {"A": 1, "B": 2}),
        ("A=it's\nB=2", {"A": 1, "B": 2}),
        ("1A=1\n=2\nB C\n\x00\xff", {}),
    ],
)
def test_a_name_has_the_line_that_sets_it_last(text: str, names: dict[str, int]) -> None:
    assert dotenv.names(text) == names


@given(st.text(alphabet=st.sampled_from("AB=:'\"\\\n #$x"), max_size=60))
def test_any_text_is_scanned_and_every_line_exists(text: str) -> None:
    assert all(1 <= line <= len(text.splitlines()) for line in dotenv.names(text).values())


@given(st.text())
def test_no_text_breaks_the_scanner(text: str) -> None:
    dotenv.names(text)
