"""Durations and sizes as Compose writes them after it resolved a file."""

from __future__ import annotations

import re
from typing import Any

_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def duration(text: str) -> float | None:
    """Seconds of a Go duration such as ``1m30s``; None when it is none."""
    total, position = 0.0, 0
    for part in _PART.finditer(text):
        if part.start() != position:
            return None
        total += float(part[1]) * _SECONDS[part[2]]
        position = part.end()
    return total if position and position == len(text) else None


def seconds(value: Any) -> float | None:
    """Seconds of a resolved duration; None when there is none."""
    return duration(str(value)) if value is not None else None


def whole(value: Any) -> int | None:
    """A resolved size or count as a number; None when there is no limit."""
    try:
        number = int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number > 0 else None


def fraction(value: Any) -> float | None:
    """A resolved number of CPUs; None when there is no limit."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if number > 0 else None
