"""Small figures for narrow columns: sizes in four signs, rates, and lines of the last readings. Pure."""

from __future__ import annotations

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
_UNITS = ("", "k", "M", "G", "T", "P")
_STEP = 1024


def short(size: float | None) -> str:
    """Bytes in at most four signs, in steps of 1024: ``0``, ``999``, ``1.2k``, ``340k``; ``-`` for what is not told."""
    if size is None:
        return "-"
    value, unit = max(0.0, size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    whole = f"{value:.0f}"
    return f"{value:.1f}{_UNITS[unit]}" if unit and value < 9.95 else f"{whole}{_UNITS[unit]}"


def share(part: float | None, whole: float) -> str:
    """``41%``; ``-`` where either is not told."""
    return f"{part / whole:.0%}" if part is not None and whole > 0 else "-"


def spark(values: Sequence[float | None], width: int, top: float) -> str:
    """The last ``width`` values as bars, right-aligned, the highest bar for ``top``; a blank where nothing is told."""
    shown = values[-width:]
    return "".join(_bar(value, top) for value in shown).rjust(width)


def _bar(value: float | None, top: float) -> str:
    if value is None:
        return " "
    filled = min(1.0, max(0.0, value / top)) if top > 0 else 0.0
    return BARS[min(len(BARS) - 1, int(filled * len(BARS)))]


def rate(totals: Sequence[tuple[float, int | None]]) -> float | None:
    """What came a second between the last two of (seconds, total); None where they do not tell, or began anew."""
    if len(totals) < 2:
        return None
    (before, old), (now, new) = totals[-2:]
    if old is None or new is None or now <= before or new < old:
        return None
    return (new - old) / (now - before)
