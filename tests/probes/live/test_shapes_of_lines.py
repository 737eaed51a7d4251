"""Shapes laid over each other: what varies is no news, what is new stays news.

``python -m tests.probes.live.test_shapes_of_lines`` prints the figures that docs/soak.md shows.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from flawless.model.observed import LogTemplate
from flawless.probes.live._errors import ErrorShapes, scan, template
from flawless.probes.live._shapes import Familiar, merged

Line = Callable[[random.Random], str]


def _word(rng: random.Random) -> str:
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randrange(4, 10)))


def _path(rng: random.Random) -> str:
    return "/" + "/".join(_word(rng) for _ in range(rng.randrange(1, 4)))


def _number(rng: random.Random) -> int:
    return rng.randrange(99_999)


OLD: list[Line] = [
    lambda r: f"ERROR pool {_number(r)} timed out after {_number(r)} ms",
    lambda r: f"ERROR request {r.randbytes(16).hex()} failed with status 500",
    lambda r: f'ERROR:  relation "{_word(r)}" does not exist at character {_number(r)}',
    lambda r: f"[error] 7#7: *{_number(r)} connect() failed (111: Connection refused), client: 10.0.0.{r.randrange(9)}",
    lambda r: f"ERROR user {_word(r)} not found",
    lambda r: f"ERROR cannot open {_path(r)}.json: No such file or directory",
    lambda r: f"ERROR invalid token for tenant={_word(r)} scope={_word(r)}",
    lambda r: f"ERROR upload of {_word(r)}.png rejected: too large",
    lambda r: f"ERROR cannot resolve {_word(r)}.example.org: Name or service not known",
    lambda r: f"ERROR mail to {_word(r)}@{_word(r)}.com bounced",
    lambda r: f"ERROR GET {_path(r)} took longer than {_number(r)} ms",
]
NEW: list[Line] = [
    lambda r: f"ERROR pool {_number(r)} exhausted after {_number(r)} ms",
    lambda r: f"ERROR request {r.randbytes(16).hex()} rejected with status 500",
    lambda r: f"ERROR user {_word(r)} not allowed to write",
    lambda r: f"ERROR user {_word(r)} not confirmed",
    lambda r: f"ERROR upload of {_word(r)}.png rejected: no space",
    lambda r: f"ERROR cannot open {_path(r)}.json: Permission denied",
    lambda r: f"ERROR migration {_number(r)} is missing, schema is at {_number(r)}",
    lambda r: f"panic: runtime error: index out of range [{_number(r)}]",
    lambda _: "FATAL:  remaining connection slots are reserved",
    lambda _: "TypeError: Cannot read properties of undefined",
]


def lines(kinds: list[Line], seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    return [rng.choice(kinds)(rng) for _ in range(count)]


def baseline(seed: int) -> Familiar:
    return Familiar([error.template for error in scan(lines(OLD, seed, 3_000), str).errors])


@pytest.mark.parametrize("seed", range(5))
def test_a_release_that_logs_what_the_last_one_did_has_no_news(seed: int) -> None:
    shapes = ErrorShapes(str, baseline(seed))
    for line in lines(OLD, seed + 100, 1_000):
        shapes.add(line)
    assert shapes.found().errors == ()


@pytest.mark.parametrize("kind", NEW)
@pytest.mark.parametrize("seed", range(5))
def test_a_new_error_is_news_however_like_an_old_one(kind: Line, seed: int) -> None:
    assert template(kind(random.Random(seed))) not in baseline(seed)


def test_two_different_words_may_be_two_errors_three_are_a_word_that_varies() -> None:
    hosts = [f"ERROR connection to {host} failed" for host in ("postgres", "s3", "mail")]
    assert "ERROR connection to redis failed" not in Familiar(hosts[:2])
    assert "ERROR connection to redis failed" in Familiar(hosts)
    assert "ERROR connection to redis lost" not in Familiar(hosts)


def test_a_baseline_that_was_kept_still_knows_what_varies() -> None:
    kept = [error.template for error in scan([f"ERROR user {name} not found" for name in "abc"], str).errors]
    assert kept == ["ERROR user <*> not found"]
    assert "ERROR user z not found" in Familiar(kept)
    assert "ERROR user z not here" not in Familiar(kept)


def test_entries_that_differ_in_words_become_one_with_all_their_lines() -> None:
    entries = [LogTemplate(f"ERROR user {name} not found", 2, f"{name}!") for name in ("ann", "bob", "eve")]
    entries.append(LogTemplate("ERROR no table", 1, "t"))
    assert merged(entries) == [LogTemplate("ERROR user <*> not found", 6, "ann!"), entries[-1]]
    assert merged(entries[:2]) == entries[:2]


def test_lines_that_have_little_in_common_stay_apart() -> None:
    apart = [f"ERROR {one} {other}" for one in ("abcd", "bcde", "cdef") for other in ("x", "y", "z")]
    assert "ERROR wxyz w" not in Familiar(apart)


def test_an_empty_baseline_knows_nothing() -> None:
    assert "ERROR x" not in Familiar(())
    assert "" not in Familiar(())


def figures() -> str:
    """Shapes that are wrongly called news, and new errors that are missed: masks alone, and laid over each other."""
    kept = {template(line) for line in lines(OLD, 1, 3_000)}
    said = {template(line) for line in lines(OLD, 2, 2_000)}
    fresh = {template(kind(random.Random(3))) for kind in NEW}
    known = baseline(1)
    rows = [
        f"masks alone: {len(said - kept)} of {len(said)} shapes wrongly new, {len(fresh & kept)} of {len(NEW)} missed",
        f"laid over each other: {sum(one not in known for one in said)} of {len(said)} wrongly new, "
        f"{sum(one in known for one in fresh)} of {len(NEW)} missed; {len(known)} templates kept",
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    print(figures())  # noqa: T201
