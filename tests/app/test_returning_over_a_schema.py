"""May an older release be brought back on the schema as it is now?"""

from __future__ import annotations

import pytest

from flawless.app.schema import allowed
from flawless.app.store import Kept
from flawless.errors import RefusedError
from flawless.model.release import ReleaseState, SchemaMark

OLD, NEW, NEWEST = "a" * 16, "b" * 16, "c" * 16
NONE = SchemaMark()


def kept(*marks: SchemaMark) -> tuple[Kept, ...]:
    """Releases r1, r2, ... from the oldest on, the newest first."""
    made = [Kept(f"r{at}", "abc", float(at), ReleaseState.GOOD, (), schema=mark) for at, mark in enumerate(marks, 1)]
    return tuple(reversed(made))


def answer(now: str, *marks: SchemaMark, accepted: bool = False) -> tuple[str, ...]:
    """What is said before r1 is brought back."""
    releases = kept(*marks)
    return allowed(now * 4, releases[-1], releases, accepted=accepted)


MOVED = SchemaMark(NEW, moved=True)
PROVED = SchemaMark(NEW, moved=True, proved=True)


@pytest.mark.parametrize("marks", [(SchemaMark(OLD),), (SchemaMark(OLD), SchemaMark(OLD)), (SchemaMark(OLD), MOVED)])
def test_on_the_schema_that_it_left_there_is_nothing_to_say(marks: tuple[SchemaMark, ...]) -> None:
    assert answer(OLD, *marks) == ()


@pytest.mark.parametrize(
    ("now", "marks", "by"),
    [
        (NEW, (SchemaMark(OLD), MOVED), " (by r2)"),
        (NEW, (SchemaMark(OLD), NONE), ""),
        (NEWEST, (SchemaMark(OLD), PROVED), " (by r2)"),
        (NEWEST, (SchemaMark(OLD), PROVED, SchemaMark(NEWEST, True, True)), " (by r3, r2)"),
        ("", (SchemaMark(OLD), MOVED), " (by r2)"),
        ("", (SchemaMark(OLD), PROVED), " (by r2)"),
        (NEW, (NONE, MOVED), " (by r2)"),
    ],
    ids=[
        "not-proved", "by-hand", "proved-and-moved-again", "moved-twice", "not-readable", "proved-but-not-readable",
        "older-than-the-record",
    ],
)  # fmt: skip
def test_a_moved_schema_has_to_be_accepted(now: str, marks: tuple[SchemaMark, ...], by: str) -> None:
    with pytest.raises(RefusedError, match="the schema moved since release r1") as caught:
        answer(now, *marks)
    assert f"r1{by} and stays" in caught.value.what
    assert "--accept-schema" in caught.value.remedy
    (said,) = answer(now, *marks, accepted=True)
    assert "--accept-schema was given" in said


def test_what_was_seen_to_run_on_it_is_only_announced() -> None:
    (said,) = answer(NEW, SchemaMark(OLD), PROVED)
    assert said == (
        "the schema moved since release r1 (by r2) and stays as it is: release r1 ran on it in the rehearsal"
    )


@pytest.mark.parametrize(
    ("now", "marks", "count"), [("", (SchemaMark(OLD),), 0), ("", (NONE, SchemaMark(NEW)), 1), (NEW, (NONE, NONE), 0)]
)
def test_what_is_not_known_is_told_and_stops_nothing(now: str, marks: tuple[SchemaMark, ...], count: int) -> None:
    assert len(answer(now, *marks)) == count
