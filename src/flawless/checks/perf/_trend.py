"""Whether a quantity grows, from samples that are noisy and depend on each other.

A plain Mann-Kendall test takes each sample for a new observation. Memory remembers its last value, so the plain
test cries "leak" over nothing. Therefore the warm-up is left out, the rest is averaged in blocks, and growth must be
significant (Mann-Kendall), fast enough to matter (Theil-Sen), and steady: still there in the second half of the
window, and not the work of a single jump. What rises otherwise is told as not settled. docs/soak.md has the figures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import combinations, pairwise
from statistics import fmean, median

from msgspec import Struct

WARM_UP = 0.25
BLOCKS = 12
LEAST_SAMPLES = 20
LEAST_Z = 3.29  # one-sided p < 0.0005
ENDED_SHARE = 0.2
STEADY_SHARE = 0.5
JUMP_SHARE = 0.5

Point = tuple[float, float]


class Growth(StrEnum):
    """What the samples say; unsettled: it rises, but in one jump or ever slower."""

    GROWING = "growing"
    UNSETTLED = "unsettled"
    FLAT = "flat"
    TOO_FEW = "too-few"


class Least(Struct, frozen=True):
    """What growth must be to matter: so much in a second, and such a share of the level over the window."""

    slope: float
    share: float


MEMORY = Least(10_000.0, 0.01)
CPU = Least(0.0005, 0.5)


class Trend(Struct, frozen=True):
    """The answer: the slope per second (Theil-Sen), Mann-Kendall's z, and the seconds and samples behind it."""

    growth: Growth
    slope: float
    z: float
    seconds: float
    samples: int


def trend(points: Sequence[Point], least: Least) -> Trend:
    """The trend of the points (seconds, value), which are in order of time; falling counts as flat."""
    settled = _settled(points)
    seconds = settled[-1][0] - settled[0][0] if settled else 0.0
    if len(settled) < LEAST_SAMPLES or seconds <= 0:
        return Trend(Growth.TOO_FEW, 0.0, 0.0, seconds, len(settled))
    blocks = _blocks(settled)
    slope, z = theil_sen(blocks), mann_kendall([value for _, value in blocks])
    level = median(value for _, value in blocks)
    matters = slope >= least.slope and slope * seconds >= least.share * level
    growth = _shape(blocks, slope) if z >= LEAST_Z and matters else Growth.FLAT
    return Trend(growth, slope, z, seconds, len(settled))


def _shape(blocks: Sequence[Point], slope: float) -> Growth:
    """How what rises by ``slope`` does so."""
    lately = theil_sen(blocks[BLOCKS // 2 :])
    steps = [later - earlier for (_, earlier), (_, later) in pairwise(blocks)]
    if lately < slope * ENDED_SHARE:
        return Growth.FLAT
    steady = lately >= slope * STEADY_SHARE and max(steps) <= JUMP_SHARE * sum(steps)
    return Growth.GROWING if steady else Growth.UNSETTLED


def _settled(points: Sequence[Point]) -> list[Point]:
    """The points without the first quarter of the time, in which a program fills its caches and pools."""
    if not points:
        return []
    start, end = points[0][0], points[-1][0]
    return [point for point in points if point[0] >= start + WARM_UP * (end - start)]


def _blocks(points: Sequence[Point]) -> list[Point]:
    """Means of BLOCKS stretches with equally many points, one more or less."""
    edges = [round(number * len(points) / BLOCKS) for number in range(BLOCKS + 1)]
    parts = [points[start:end] for start, end in pairwise(edges)]
    return [(fmean(at for at, _ in part), fmean(value for _, value in part)) for part in parts]


def theil_sen(points: Sequence[Point]) -> float:
    """The median slope over all pairs of points (Theil 1950, Sen 1968)."""
    return median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))


def mann_kendall(values: Sequence[float]) -> float:
    """Mann-Kendall's z with continuity correction: above 0 for rising values, without correction for ties."""
    score = sum((later > earlier) - (later < earlier) for earlier, later in combinations(values, 2))
    count = len(values)
    deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    return (score - math.copysign(min(1, abs(score)), score)) / deviation
