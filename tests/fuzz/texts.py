"""Inputs that nobody meant, made from ones that somebody did, and what a reader may do with them.

The daily run draws each part of an input, so that hypothesis can shrink what it finds. The full run gives each reader
100,000 inputs: there an input comes from one number, which is ten times as fast to draw.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

FULL = os.environ.get("FLAWLESS_FULL") == "1"
INPUTS, LONGEST_SECONDS = 100_000, 5
bounded = settings(
    max_examples=120,
    deadline=None,  # that would be one of the clock; conftest.py holds each input to LONGEST_SECONDS of the processor
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
    if FULL:
        return st.integers(0, 2**64 - 1).map(lambda number: _mangled(random.Random(number), seeds, pieces))
    noise = st.lists(st.sampled_from([*pieces, *_ODD]) | st.text(max_size=4), max_size=12).map("".join)
    place = st.integers(0, max(map(len, seeds)))
    return noise | st.builds(_spliced, st.sampled_from(seeds), place, place, noise)


def _spliced(seed: str, start: int, end: int, inner: str) -> str:
    """The text with a part of it replaced; the places are taken as if it began again behind its end."""
    start, end = sorted((start % (len(seed) + 1), end % (len(seed) + 1)))
    return seed[:start] + inner + seed[end:]


def _mangled(chance: random.Random, seeds: tuple[str, ...], pieces: list[str]) -> str:
    """One such text, without hypothesis' own choices."""
    sources: tuple[Callable[[], str], ...] = (
        lambda: chance.choice(pieces or [""]),
        lambda: chance.choice(_ODD),
        lambda: chr(
            chance.choice((chance.randrange(256), chance.randrange(0xD800), chance.randrange(0xE000, 0x110000)))
        ),
    )
    noise = "".join(chance.choice(sources)() for _ in range(chance.randrange(13)))
    if chance.random() < 0.2:
        return noise
    seed = chance.choice(seeds)
    # Mostly a short part is lost: a text of which little is left seldom comes far into a reader.
    start = chance.randrange(len(seed) + 1)
    lost = chance.randrange(len(seed) + 1) if chance.random() < 0.3 else chance.randrange(10)
    return _spliced(seed, start, min(len(seed), start + lost), noise)


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
