"""Plain columns of text for lists on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from flawless.report.text import one_line

_LEAST = 20


def columns(head: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> str:
    """A table whose last column takes what is left of ``width`` and is cut there; no escapes, no frames.

    Where less than a word or two would be left, each row is wrapped instead, without a head.
    """
    lines = [tuple(one_line(cell) for cell in row) for row in rows]
    sizes = [max(len(row[number]) for row in (tuple(head), *lines)) for number in range(len(head) - 1)]
    room = width - sum(sizes) - 2 * len(sizes)
    if room < _LEAST:
        return "".join(f"{_stacked(row, width)}\n" for row in lines)
    return "".join(f"{_line(row, sizes, room)}\n" for row in (tuple(head), *lines))


def _line(row: Sequence[str], sizes: Sequence[int], room: int) -> str:
    start = "".join(f"{cell:<{size}}  " for cell, size in zip(row, sizes, strict=False))
    return f"{start}{_cut(row[-1], room)}".rstrip()


def _stacked(row: Sequence[str], width: int) -> str:
    cells = "  ".join([*row[:-1], _cut(row[-1], 2 * width)])
    return textwrap.fill(cells, width, subsequent_indent="    ")


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"
