"""How long it takes to verify what runs."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import in_turns, once
from benchmarks.place import Place
from benchmarks.table import Row

RUNS = 5


def measure(place: Place) -> Iterator[Row]:
    """``flawless verify`` of the five running services, beside Compose's own list of them."""
    place.empty()
    once(place.compose("build"))
    once(place.deploy())
    listing = place.compose("ps", "--format", "json")
    listed, verified = in_turns((listing, place.flawless("verify")), RUNS)
    yield Row(
        section="verify",
        what="flawless verify, 5 services",
        measured=verified.seconds,
        beside=listed.seconds,
        peer="docker compose ps",
        target=3.0,
        rule="fixed",
        runs=RUNS,
        cpu=verified.cpu,
    )
