"""memory-grows over windows."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.perf.memory_grows import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask


def _window(seconds: int, slope: int, step: int = 5) -> dict[str, Any]:
    taken = [{"at": at, "memory": 50_000_000 + slope * at, "cpu": 0.1} for at in range(0, seconds + 1, step)]
    return {"seconds": seconds, "asked": 300, "samples": taken}


@pytest.mark.parametrize(
    ("service", "window", "outcome"),
    [
        ("backend", _window(300, 0), Outcome.PASS),
        ("backend", _window(300, -100_000), Outcome.PASS),
        ("backend", _window(300, 100_000), Outcome.FAIL),
        ("backend", _window(300, 1_000), Outcome.PASS),
        ("backend", _window(115, 100_000, 1), Outcome.UNKNOWN),
        ("backend", _window(300, 100_000, 20), Outcome.UNKNOWN),
        ("backend", {**_window(300, 100_000, 1), "seconds": 340}, Outcome.UNKNOWN),
        ("redis", _window(300, 100_000), Outcome.PASS),
    ],
)
def test_growth_of_a_long_enough_window_counts(service: str, window: dict[str, Any], outcome: Outcome) -> None:
    assert ask(CHECK, Level.SOAK, {"window": {f"service:{service}": window}}).outcome is outcome


def test_the_reason_tells_the_speed_and_the_time_to_the_limit() -> None:
    verdict = ask(CHECK, Level.SOAK, {"window": {"service:backend": _window(300, 100_000)}})
    assert verdict.reason == "memory grows by 100.0 KB/s: as much as its limit of 256 MB in 45 minutes"


def test_a_short_window_says_how_long_it_was() -> None:
    verdict = ask(CHECK, Level.SOAK, {"window": {"service:backend": _window(15, 0, 1)}})
    assert "15 s (asked for: 300 s) with 16 samples" in verdict.reason


def test_memory_that_rises_ever_slower_cannot_be_told() -> None:
    taken = [{"at": at, "memory": round(1e8 + 4e7 * (1 - 0.5 ** (at / 60))), "cpu": 0.1} for at in range(0, 301, 2)]
    verdict = ask(CHECK, Level.SOAK, {"window": {"service:backend": {"seconds": 300, "samples": taken}}})
    assert (verdict.outcome, "a warm-up or a leak" in verdict.reason) == (Outcome.UNKNOWN, True)
