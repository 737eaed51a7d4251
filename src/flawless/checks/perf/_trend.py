"""Whether memory grows, from samples that are noisy and depend on each other.

A plain Mann-Kendall test takes each sample for a new observation. Memory remembers its last value, so the plain
test cries "leak" over nothing. Therefore the warm-up is left out, the rest is averaged in blocks, and growth must be
significant (Mann-Kendall), fast enough to matter (Theil-Sen), and still there in the second half of the window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import combinations, pairwise
from statistics import fmean, median

from msgspec import Struct

from flawless.model.observed import Sample

WARM_UP = 0.25
BLOCKS = 12
LEAST_SAMPLES = 20
LEAST_Z = 2.9
LEAST_SLOPE = 10_000.0
LEAST_SHARE = 0.01
LASTING_SHARE = 0.2

Point = tuple[float, float]


class Growth(StrEnum):
    """What the samples say."""

    GROWING = "growing"
    FLAT = "flat"
    TOO_FEW = "too-few"


class Trend(Struct, frozen=True):
    """The answer: slope in bytes per second (Theil-Sen), Mann-Kendall's z, and the seconds and samples behind it."""

    growth: Growth
    slope: float
    z: float
    seconds: float
    samples: int


def trend(samples: Sequence[Sample]) -> Trend:
    """The trend of memory over the samples, which are in order of time; falling counts as flat."""
    settled = _settled(samples)
    seconds = settled[-1].at - settled[0].at if settled else 0.0
    if len(settled) < LEAST_SAMPLES or seconds <= 0:
        return Trend(Growth.TOO_FEW, 0.0, 0.0, seconds, len(settled))
    blocks = _blocks(settled)
    slope, z = theil_sen(blocks), mann_kendall([memory for _, memory in blocks])
    level = median(memory for _, memory in blocks)
    matters = slope >= LEAST_SLOPE and slope * seconds >= LEAST_SHARE * level
    lasts = theil_sen(blocks[BLOCKS // 2 :]) >= slope * LASTING_SHARE
    growth = Growth.GROWING if z >= LEAST_Z and matters and lasts else Growth.FLAT
    return Trend(growth, slope, z, seconds, len(settled))


def _settled(samples: Sequence[Sample]) -> list[Sample]:
    """The samples without the first quarter of the time, in which a program fills its caches and pools."""
    if not samples:
        return []
    start, end = samples[0].at, samples[-1].at
    return [sample for sample in samples if sample.at >= start + WARM_UP * (end - start)]


def _blocks(samples: Sequence[Sample]) -> list[Point]:
    """Means of BLOCKS stretches with equally many samples, one more or less."""
    edges = [round(number * len(samples) / BLOCKS) for number in range(BLOCKS + 1)]
    parts = [samples[start:end] for start, end in pairwise(edges)]
    return [(fmean(one.at for one in part), fmean(one.memory for one in part)) for part in parts]


def theil_sen(points: Sequence[Point]) -> float:
    """The median slope over all pairs of points (Theil 1950, Sen 1968)."""
    return median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))


def mann_kendall(values: Sequence[float]) -> float:
    """Mann-Kendall's z with continuity correction: above 0 for rising values, without correction for ties."""
    score = sum((later > earlier) - (later < earlier) for earlier, later in combinations(values, 2))
    count = len(values)
    deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    return (score - math.copysign(min(1, abs(score)), score)) / deviation
