"""Which release a rollback returns to, from those that the engine keeps."""

from __future__ import annotations

import pytest

from flawless.app.rollback import choose
from flawless.app.store import Kept
from flawless.errors import UsageError
from flawless.model.release import ReleaseState

STATES = {
    "g": ReleaseState.GOOD,
    "b": ReleaseState.BAD,
    "r": ReleaseState.ROLLED_BACK,
    "n": ReleaseState.BUILDING,
}


def kept(states: str) -> tuple[Kept, ...]:
    """Releases r9, r8, ... from the newest on, a letter each: good, bad, rolled back, new."""
    return tuple(Kept(f"r{9 - at}", "abc", 9.0 - at, STATES[letter], ()) for at, letter in enumerate(states))


@pytest.mark.parametrize(
    ("states", "wanted", "found"),
    [
        ("gg", "", "r8"),
        ("ggg", "", "r8"),
        ("bgg", "", "r7"),
        ("gbg", "", "r7"),
        ("grg", "", "r7"),
        ("rgbg", "", "r6"),
        ("gg", "r9", "r9"),
        ("ggg", "r7", "r7"),
        ("bg", "r8", "r8"),
    ],
)
def test_without_a_name_it_is_the_good_one_before_the_newest_good_one(states: str, wanted: str, found: str) -> None:
    assert choose(kept(states), wanted).id == found


@pytest.mark.parametrize(
    ("states", "wanted", "what"),
    [
        ("", "", "there is no good release before"),
        ("g", "", "there is no good release before"),
        ("gbbr", "", "there is no good release before"),
        ("gg", "r1", "there is no release r1"),
        ("bg", "r9", "release r9 is bad: only a good one"),
        ("rg", "r9", "release r9 is rolled-back: only a good one"),
        ("ng", "r9", "release r9 is building: only a good one"),
    ],
)
def test_what_cannot_be_returned_to_is_a_sentence(states: str, wanted: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        choose(kept(states), wanted)
