"""Plain columns of text for lists on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flawless.report.text import one_line


def columns(head: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> str:
    """A table whose last column takes what is left of ``width`` and is cut there; no escapes, no frames."""
    lines = [tuple(one_line(cell) for cell in row) for row in rows]
    sizes = [max(len(row[number]) for row in (tuple(head), *lines)) for number in range(len(head) - 1)]
    return "".join(f"{_line(row, sizes, width)}\n" for row in (tuple(head), *lines))


def _line(row: Sequence[str], sizes: Sequence[int], width: int) -> str:
    start = "  ".join([*(cell.ljust(size) for cell, size in zip(row, sizes, strict=False)), ""])
    room = max(width - len(start), 10)
    last = row[-1] if len(row[-1]) <= room else f"{row[-1][: room - 1]}…"
    return f"{start}{last}".rstrip()
