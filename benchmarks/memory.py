"""Memory of containers under load, as rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from benchmarks.table import Row
from flawless.checks.perf._trend import MEMORY, trend
from flawless.model.observed import Sample
from flawless.ports.aioengine import AioEngine
from flawless.probes.live._figures import memory_used

EVERY = 5.0
MEGABYTE = 1_000_000
HOUR = 3600
# A backend that grows like this needs more than a day to fill its 256 MB: longer than between two releases of most.
FLAT = 6.0
# What is left of a shorter run after its warm-up says more about the warm-up than about an hour.
LEAST_MINUTES = 9.0

Samples = Mapping[str, Sequence[Sample]]


async def watched(containers: Mapping[str, str], load: asyncio.Task[None]) -> Samples:
    """Samples of each container by the name of its service, until the load is over."""
    engine, began = AioEngine(), time.monotonic()
    found: dict[str, list[Sample]] = {service: [] for service in containers}
    try:
        while not load.done():
            readings = await asyncio.gather(*(engine.stats(ref) for ref in containers.values()))
            at = time.monotonic() - began
            for service, reading in zip(containers, readings, strict=True):
                found[service].append(Sample(at, memory_used(reading), 0.0))
            await asyncio.wait({load}, timeout=EVERY)
    finally:
        await engine.close()
    return found


def rows(samples: Samples, minutes: float) -> Iterator[Row]:
    """For each service: the slope after the warm-up, then the medians of the first and of the last tenth."""
    for service, taken in samples.items():
        found = trend([(sample.at, float(sample.memory)) for sample in taken], MEMORY)
        yield Row(
            section="stack",
            what=f"memory of {service}, {minutes:g} minutes",
            measured=found.slope * HOUR / MEGABYTE,
            unit="MB/h",
            target=FLAT if minutes >= LEAST_MINUTES else None,
            rule="flat",
            runs=found.samples,
        )
        part = max(1, len(taken) // 10)
        yield Row(
            section="stack",
            what="  median of the last tenth",
            measured=_level(taken[-part:]),
            unit="MB",
            beside=_level(taken[:part]),
            peer="of the first",
            runs=part,
        )


def _level(samples: Sequence[Sample]) -> float:
    return median(sample.memory for sample in samples) / MEGABYTE
