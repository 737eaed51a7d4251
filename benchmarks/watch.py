"""What watching a hundred containers costs, beside ``docker stats``; and how much room a day of readings takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.crowd import alone, crowd
from benchmarks.measure import Command, Sample, once
from benchmarks.place import Place
from benchmarks.table import Row
from flawless.ledger.sqlite import SqliteLedger
from flawless.model.alerts import Block
from flawless.model.board import Tick

CONTAINERS = 100
SHORT, LONG = 5, 65
DAY, MINUTE = 86_400, 60
SERVICES = 20


def measure(place: Place) -> Iterator[Row]:
    """Processor time of a second of watching, the peak of its memory, and a day of readings of twenty services."""
    with crowd(place.folder / "watched", CONTAINERS) as folder:
        yield from _watching(place, folder)
    yield from _readings(place, folder)


def _watching(place: Place, folder: Path) -> Iterator[Row]:
    _cost(place, folder, 1)  # the first run compiles what it loads
    ours = [_cost(place, folder, seconds) for seconds in (SHORT, LONG)]
    stats = [_stats(place, folder, seconds) for seconds in (SHORT, LONG)]
    cpu, beside = ((long.cpu - short.cpu) / (LONG - SHORT) for short, long in (ours, stats))
    what = f"a second of watching {CONTAINERS} containers, processor time"
    yield Row(section="watch", what=what, measured=cpu, beside=beside, peer="docker stats", target=0.05, rule="fixed")
    peaks = ours[1].peak, stats[1].peak
    yield Row(
        section="watch", what="  peak memory", measured=peaks[0], unit="MiB", beside=peaks[1], peer="docker stats",
        target=120.0, rule="fixed",
    )  # fmt: skip


def _stats(place: Place, folder: Path, seconds: int) -> Sample:
    argv = ("timeout", "--signal", "INT", str(seconds), "docker", "stats")
    return once(Command(argv, folder, place.site.environment, frozenset({0, 124, 130})))


def _cost(place: Place, folder: Path, seconds: int) -> Sample:
    argv = ("watch", str(folder), "--interval", "1", "--no-ask", "--for", f"{seconds}s")
    command = place.flawless(*argv)
    return once(Command(command.argv, folder, alone(command.env), frozenset({0, 1})))


def _readings(place: Place, folder: Path) -> Iterator[Row]:
    """A day of readings in a ledger, a reading every five seconds and one every second."""
    for step, target in ((5, 50.0), (1, None)):
        path = folder / f"every-{step}.db"
        _fill(path, f"flawless-bench-{CONTAINERS}", step)
        what = f"a day of {SERVICES} services, a reading every {step} s"
        size = path.stat().st_size / 1_000_000
        yield Row(section="watch", what=what, measured=size, unit="MB", target=target, rule="fixed" if target else "")
        for words in (("history",), ("history", "--samples", "--since", "24h")):
            command = place.flawless(*words, "--ledger", str(path), str(folder))
            sample = once(Command(command.argv, folder, alone(command.env)))
            yield Row(section="watch", what=f"  {' '.join(words)}", measured=sample.seconds, target=1.0, rule="fixed")


def _fill(path: Path, stack: str, step: int) -> None:
    with SqliteLedger.open(path) as book:
        book._connection.execute("PRAGMA synchronous = OFF")
        now = int(time.time())
        for began in range(now - DAY, now, MINUTE):
            book.keep_samples(stack, [_block(number, began, step) for number in range(SERVICES)])


def _block(number: int, began: int, step: int) -> Block:
    times = range(began, began + MINUTE, step)
    return Block(container=f"service{number}-1", ticks=tuple(_tick(at, number) for at in times))


def _tick(at: int, number: int) -> Tick:
    """Figures as a service at work has them: each moves, none in a way that packs well."""
    wild = at * 7919 + number * 104_729
    return Tick(
        at=at + wild % 7 / 1000,
        memory=60_000_000 + 4096 * (wild % 500),
        pids=12 + wild % 3,
        cores=wild % 997 / 1000,
        received=at % DAY * 1_500 + wild % 700,
        sent=at % DAY * 90_000 + wild % 9_000,
        read=0,
        written=at % DAY * 4096 + wild % 5 * 512,
        periods=at % DAY * 10,
        throttled=at % DAY // 9,
    )
