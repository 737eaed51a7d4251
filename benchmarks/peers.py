"""What a check of one stack costs beside the linters that a careful team runs on it, one after the other."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping

from benchmarks.measure import Command, Cost, in_turns
from benchmarks.place import NO_LINTERS, PROGRAMS, Place
from benchmarks.table import Row
from tests.mutations._clean import Site

RUNS = 7
STACK = "rust"
# What each is told to read of the stack; 1 is how they say that they found something.
PEERS = {
    "hadolint": ("backend/Dockerfile", "frontend/Dockerfile"),
    "compose-lint": ("compose.yaml",),
    "dclint": (".",),
    "squawk": ("backend/migrations/0001_orders.sql",),
}
MEANT = frozenset({0, 1})
FASTER = 5
SECONDS, MEMORY = 0.35, 60.0


def measure(place: Place) -> Iterator[Row]:
    """A cold check of a clean stack, all rules that need no linter, beside the peers that are on this machine."""
    site = Site(STACK, place.folder / "peers")
    site.write("flawless.toml", NO_LINTERS)
    site.commit()
    ours = ("flawless", "check", str(site.root), "--osv-db", str(place.osv))
    commands = {"flawless": Command((str(PROGRAMS / ours[0]), *ours[1:]), site.root, place.site.environment, MEANT)}
    for name, arguments in PEERS.items():
        if program := _program(place, name):
            commands[name] = Command((program, *arguments), site.root, place.site.environment, MEANT)
        else:
            print(f"{name} is not on PATH and in no folder of --peers: not measured", file=sys.stderr)
    costs = dict(zip(commands, in_turns(list(commands.values()), RUNS), strict=True))
    yield from _rows(costs.pop("flawless"), costs)


def _program(place: Place, name: str) -> str | None:
    """Where a peer is: in the folders that were named, on PATH, or beside this Python."""
    folders = (*map(str, place.peers), os.environ.get("PATH", os.defpath), str(PROGRAMS))
    return shutil.which(name, path=os.pathsep.join(folders))


def _rows(ours: Cost, peers: Mapping[str, Cost]) -> Iterator[Row]:
    """Ours beside all of them together, where all are here; then each of them."""
    what = "flawless check, one stack"
    yield Row(section="peers", what=what, measured=ours.seconds, target=SECONDS, rule="fixed", runs=RUNS, cpu=ours.cpu)
    yield Row(
        section="peers", what="  peak memory", measured=ours.peak, unit="MiB", target=MEMORY, rule="fixed", runs=RUNS
    )
    together = sum(cost.seconds for cost in peers.values())
    whole = len(peers) == len(PEERS)
    yield Row(
        section="peers",
        what="  beside the linters in a row",
        measured=ours.seconds,
        beside=together or None,
        peer=" + ".join(peers),
        target=together / FASTER if whole else None,
        rule=f"{FASTER}x faster",
        runs=RUNS,
    )
    for name, cost in peers.items():
        yield Row(section="peers", what=f"  {name} alone", measured=cost.seconds, runs=RUNS, cpu=cost.cpu)
