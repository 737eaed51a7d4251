"""What ``flawless check`` costs over what Compose takes to read the same files."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from benchmarks.measure import Cost, in_turns
from benchmarks.place import Place
from benchmarks.table import Row

RUNS = 5
ALLOWANCE = 0.300
MEMORY, MEMORY_ASKING = 60.0, 100.0


def measure(place: Place) -> Iterator[Row]:
    """Cold checks, with a local advisory database and with the public one, beside ``docker compose config``."""
    local = place.flawless("check", "--osv-db", str(place.osv))
    # Without a network the public database leaves an unknown, and that is exit code 3.
    public = structs.replace(place.flawless("check"), codes=frozenset({0, 3}))
    config, near, far = in_turns((place.compose("config"), local, public), RUNS)
    row = _row("flawless check, local advisories", near, config)
    yield structs.replace(row, target=2 * config.seconds + ALLOWANCE, rule="2x + 300 ms")
    yield _row("flawless check, osv.dev asked", far, config)
    for what, cost, most in (("local advisories", near, MEMORY), ("osv.dev asked", far, MEMORY_ASKING)):
        yield Row(
            section="check",
            what=f"peak memory, {what}",
            measured=cost.peak,
            unit="MiB",
            beside=config.peak,
            peer="docker compose config",
            target=most,
            rule="fixed",
            runs=RUNS,
        )


def _row(what: str, cost: Cost, config: Cost) -> Row:
    return Row(
        section="check",
        what=what,
        measured=cost.seconds,
        beside=config.seconds,
        peer="docker compose config",
        runs=RUNS,
        cpu=cost.cpu,
    )
