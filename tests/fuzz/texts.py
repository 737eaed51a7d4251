"""Inputs that nobody meant, made from ones that somebody did, and what a reader may do with them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

FULL = os.environ.get("FLAWLESS_FULL") == "1"
bounded = settings(
    max_examples=100_000 if FULL else 120,
    deadline=timedelta(seconds=5),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_ODD = (
    *("\0", "\x1b[31m", "\ufeff", "\r", "\u2028", "\t", "\x85", "{", "}", "[", "]", "$", "${", "<<", "'", '"', "\\"),
    *("&a ", "*a ", "#", "\n"),
)
_LEAVES: tuple[object, ...] = (
    None,
    True,
    -1,
    2**64,
    1e308,
    "",
    "a",
    "\0",
    "\ud800",
    "9" * 5000,
    [],
    {},
    [[]],
    [None],
    {"a": None},
)


def mangled(*seeds: str) -> st.SearchStrategy[str]:
    """Texts near the seeds: cut, doubled, spliced and with characters put in that mean something somewhere."""
    pieces = sorted(
        {seed[place : place + size] for seed in seeds for size in (1, 3, 9) for place in range(0, len(seed), 5)}
    )
    noise = st.lists(st.sampled_from([*pieces, *_ODD]) | st.text(max_size=4), max_size=12).map("".join)

    def spliced(seed: str, start: int, end: int, inner: str) -> str:
        start, end = sorted((start % (len(seed) + 1), end % (len(seed) + 1)))
        return seed[:start] + inner + seed[end:]

    place = st.integers(0, max(map(len, seeds)))
    return noise | st.builds(spliced, st.sampled_from(seeds), place, place, noise)


def bent(*seeds: object) -> st.SearchStrategy[object]:
    """Values of JSON near the seeds: some parts of them taken away, or another kind of value."""
    return st.builds(_bent, st.sampled_from(seeds), st.lists(st.integers(0, 2**31), min_size=1, max_size=3))


def _bent(value: object, choices: list[int]) -> object:
    for choice in choices:
        value = _changed(value, choice)
    return value


def _changed(value: object, choice: int) -> object:
    """One part of the value replaced or left out; the choice says which and how."""
    if isinstance(value, dict) and value and choice % 7:
        key = list(value)[choice // 7 % len(value)]
        rest = {name: each for name, each in value.items() if name != key}
        return rest if choice % 5 == 0 else {**value, key: _changed(value[key], choice // 11)}
    if isinstance(value, list) and value and choice % 7:
        place = choice // 7 % len(value)
        return [*value[:place], _changed(value[place], choice // 11), *value[place + 1 :]]
    return _LEAVES[choice % len(_LEAVES)]


def answers(call: Callable[[], object], *fine: type[Exception]) -> None:
    """The call ends, or says why it does not in an expected way."""
    try:
        call()
    except fine as error:
        assert str(error)
