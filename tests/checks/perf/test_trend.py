"""The trend test against seeded series: leaks are found, noise and warm-up are not called leaks."""

from __future__ import annotations

import random

import pytest

from flawless.checks.perf._trend import Growth, mann_kendall, theil_sen, trend
from flawless.model.observed import Sample

MB = 1024 * 1024
SEEDS = range(200)


def _series(
    seed: int, *, slope: float = 0.0, count: int = 150, memory: float = 0.8, jump_at: float = -1.0
) -> list[Sample]:
    """A service of 120 MB watched every two seconds, with noise of 1 MB that remembers its last value (AR(1))."""
    rng = random.Random(seed)
    noise, samples = rng.gauss(0, MB), []
    for number in range(count):
        at = number * 2.0
        noise = memory * noise + rng.gauss(0, MB * (1 - memory**2) ** 0.5)
        jump = 40 * MB if 0 <= jump_at <= at else 0
        samples.append(Sample(at, round(120 * MB + noise + slope * at + jump), 0.1))
    return samples


def _share(growth: Growth, **how: float) -> float:
    return sum(trend(_series(seed, **how)).growth is growth for seed in SEEDS) / len(SEEDS)  # type: ignore[arg-type]


@pytest.mark.parametrize(("slope", "least"), [(1_000_000, 1.0), (50_000, 0.98)])
def test_a_leak_is_found_in_five_minutes(slope: float, least: float) -> None:
    assert _share(Growth.GROWING, slope=slope) >= least


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.8])
def test_noise_is_called_a_leak_in_under_two_of_a_hundred(memory: float) -> None:
    assert _share(Growth.GROWING, memory=memory) < 0.02


def test_a_jump_while_warming_up_is_no_leak() -> None:
    assert _share(Growth.GROWING, jump_at=60.0) < 0.02


def test_falling_memory_is_flat() -> None:
    assert _share(Growth.FLAT, slope=-50_000) == 1.0


@pytest.mark.parametrize("count", [0, 1, 20, 26])
def test_fewer_than_twenty_samples_after_the_warm_up_are_too_few(count: int) -> None:
    assert trend(_series(1, count=count)).growth is Growth.TOO_FEW


def test_samples_of_one_moment_are_too_few() -> None:
    assert trend([Sample(5.0, MB, 0.1)] * 50).growth is Growth.TOO_FEW


def test_the_slope_is_told_in_bytes_per_second() -> None:
    found = trend([Sample(float(at), 50 * MB + 30_000 * at, 0.1) for at in range(300)])
    assert found.growth is Growth.GROWING
    assert found.slope == pytest.approx(30_000, rel=0.001)


def test_theil_sen_is_not_moved_by_one_outlier() -> None:
    assert theil_sen([(0, 0), (1, 2), (2, 4), (3, 600), (4, 8), (5, 10), (6, 12)]) == 2


def test_mann_kendall_gives_the_textbook_value() -> None:
    """Eight rising values: S is 28, its variance 65.33, so z is 27 / 8.08."""
    assert mann_kendall(list(range(8))) == pytest.approx(3.340, abs=0.001)
    assert mann_kendall([5.0] * 8) == 0
