"""Measurements as rows, and rows as a plain table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

HEADINGS = ("what", "measured", "beside", "ratio", "target", "within")


class Row(Struct, frozen=True, kw_only=True):
    """One measurement, in ``unit`` (s, MiB, MB); ``beside`` is what ``peer`` takes. ``cpu`` is processor seconds."""

    section: str
    what: str
    measured: float
    unit: str = "s"
    beside: float | None = None
    peer: str = ""
    target: float | None = None
    rule: str = ""
    runs: int = 1
    cpu: float | None = None

    @property
    def within(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        return None if self.target is None else self.measured < self.target


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """The table, one column per heading."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    beside = "-" if row.beside is None else f"{_amount(row.beside, row.unit)} {row.peer}"
    ratio = f"{row.measured / row.beside:.1f}" if row.beside else "-"
    target = "-" if row.target is None else f"{_amount(row.target, row.unit)} ({row.rule})"
    within = {None: "-", True: "yes", False: "OVER"}[row.within]
    return (row.what, _amount(row.measured, row.unit), beside, ratio, target, within)


def _amount(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:.0f} ms" if abs(value) < 1 else f"{value:.2f} s"
    return f"{value:.0f} {unit}"
