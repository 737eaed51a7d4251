"""How long it takes until flawless says anything."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import in_turns
from benchmarks.place import Place
from benchmarks.table import Row

RUNS = 5


def measure(place: Place) -> Iterator[Row]:
    """``flawless --help`` beside an interpreter that does nothing."""
    bare, shown = in_turns((place.python("-c", "pass"), place.flawless("--help")), RUNS)
    yield Row(
        section="start",
        what="flawless --help",
        measured=shown.seconds,
        beside=bare.seconds,
        peer="python -c pass",
        target=0.060,
        rule="fixed",
        runs=RUNS,
        cpu=shown.cpu,
    )
