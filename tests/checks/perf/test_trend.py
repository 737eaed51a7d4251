"""The trend test against seeded series: leaks are found, noise and warm-up are not called leaks.

``python -m tests.checks.perf.test_trend`` prints the table that docs/soak.md shows.
"""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest
from msgspec import Struct

from flawless.checks.perf._trend import CPU, MEMORY, Growth, Point, mann_kendall, theil_sen, trend

MB = 1024 * 1024
ASKED = range(20)
MANY = range(500)


class Kind(Struct, frozen=True):
    """A service of 120 MB: its growth in bytes a second, noise that remembers its last value (AR(1)), and its habits.

    ``saw`` MB are gathered and freed again every ``period`` seconds; ``step`` MB come at ``step_at``; ``fill`` MB come
    ever slower, with ``tau`` as time constant.
    """

    slope: float = 0.0
    noise: float = 1.0
    memory: float = 0.8
    saw: float = 0.0
    period: float = 30.0
    step: float = 0.0
    step_at: float = 0.0
    fill: float = 0.0
    tau: float = 60.0
    seconds: float = 600.0
    every: float = 2.5


LEAKS = {
    "leaks 1 MB/s, 2 min": Kind(slope=1_000_000, seconds=120.0, every=2.0),
    "leaks 1 MB/s, 5 min": Kind(slope=1_000_000, seconds=300.0, every=2.0),
    "leaks 1 MB/s": Kind(slope=1_000_000),
    "leaks 50 KB/s": Kind(slope=50_000),
    "leaks 50 KB/s, collects 20 MB": Kind(slope=50_000, saw=20.0),
    "leaks 50 KB/s, noise 2 MB": Kind(slope=50_000, noise=2.0, memory=0.9),
}
NOISY = {
    "flat, noise of 1 MB": Kind(memory=0.0),
    "flat, noise that lasts 10 s": Kind(),
    "flat, noise of 4 MB, lasts 25 s": Kind(noise=4.0, memory=0.9),
    "flat, noise of 8 MB, lasts 50 s": Kind(noise=8.0, memory=0.95),
    "flat, noise of 4 MB, lasts 125 s": Kind(noise=4.0, memory=0.98),
    "flat, collects 20 MB every 30 s": Kind(saw=20.0),
    "flat, collects 40 MB every 2 min": Kind(saw=40.0, period=120.0),
}
WARM = {
    "warm-up step of 40 MB after 1 min": Kind(step=40.0, step_at=60.0),
    "warm-up step of 40 MB after 2 min": Kind(step=40.0, step_at=140.0),
    "fills 40 MB in 3 min": Kind(fill=40.0, tau=60.0),
}
LATE = {
    "one step of 40 MB after 5 min": Kind(step=40.0, step_at=300.0),
    "one step of 40 MB after 7 min": Kind(step=40.0, step_at=450.0),
}


def series(kind: Kind, seed: int) -> list[Point]:
    """What would be sampled."""
    rng = random.Random(seed)
    noise, phase, points = rng.gauss(0, kind.noise), rng.random() * kind.period, []
    for number in range(int(kind.seconds / kind.every)):
        at = number * kind.every
        noise = kind.memory * noise + rng.gauss(0, kind.noise * math.sqrt(1 - kind.memory**2))
        step = kind.step if at >= kind.step_at else 0.0
        saw = kind.saw * ((at + phase) % kind.period) / kind.period
        fill = kind.fill * (1 - math.exp(-at / kind.tau))
        points.append((at, (120 + noise + step + saw + fill) * MB + kind.slope * at))
    return points


def answers(kind: Kind, seeds: range) -> Counter[Growth]:
    """How often each answer came."""
    return Counter(trend(series(kind, seed), MEMORY).growth for seed in seeds)


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_found_in_each_of_twenty_runs(name: str) -> None:
    assert answers(LEAKS[name], ASKED) == {Growth.GROWING: len(ASKED)}


@pytest.mark.parametrize("name", [*NOISY, *WARM])
def test_noise_and_warm_up_are_flat_in_each_of_twenty_runs(name: str) -> None:
    assert answers({**NOISY, **WARM}[name], ASKED) == {Growth.FLAT: len(ASKED)}


@pytest.mark.parametrize("name", [*NOISY, *WARM, *LATE])
def test_what_is_no_leak_is_called_one_in_under_two_of_a_hundred(name: str) -> None:
    assert answers({**NOISY, **WARM, **LATE}[name], MANY)[Growth.GROWING] < 0.02 * len(MANY)


def test_a_leak_is_hardly_ever_called_flat() -> None:
    assert answers(LEAKS["leaks 50 KB/s, noise 2 MB"], MANY)[Growth.FLAT] < 0.01 * len(MANY)


def test_what_grows_ever_slower_is_not_settled() -> None:
    points = [(2.0 * number, 1e8 * (1 - math.exp(-number / 75))) for number in range(300)]
    assert trend(points, MEMORY).growth is Growth.UNSETTLED


def test_one_jump_is_not_settled() -> None:
    """Twelve blocks that creep up by a third of the jump in their midst."""
    points = [(2.0 * number, 1e8 + 30_000 * number + 2e7 * (number >= 250)) for number in range(300)]
    assert trend(points, MEMORY).growth is Growth.UNSETTLED


def test_falling_memory_is_flat() -> None:
    assert answers(Kind(slope=-50_000), ASKED) == {Growth.FLAT: len(ASKED)}


@pytest.mark.parametrize("count", [0, 1, 20, 26])
def test_fewer_than_twenty_samples_after_the_warm_up_are_too_few(count: int) -> None:
    assert trend([(float(at), 1e8 + 1e6 * at) for at in range(count)], MEMORY).growth is Growth.TOO_FEW


def test_samples_of_one_moment_are_too_few() -> None:
    assert trend([(5.0, 1e8)] * 50, MEMORY).growth is Growth.TOO_FEW


def test_the_slope_is_told_per_second() -> None:
    found = trend([(float(at), 50 * MB + 30_000.0 * at) for at in range(300)], MEMORY)
    assert found.growth is Growth.GROWING
    assert found.slope == pytest.approx(30_000, rel=0.001)


@pytest.mark.parametrize(
    ("start", "slope", "growth"),
    [(0.1, 0.001, Growth.GROWING), (0.1, 0.0001, Growth.FLAT), (2.0, 0.001, Growth.FLAT), (0.1, 0.0, Growth.FLAT)],
    ids=["grows", "too little", "a small share", "flat"],
)
def test_cpu_that_grows_by_half_and_by_cores_counts(start: float, slope: float, growth: Growth) -> None:
    assert trend([(float(at), start + slope * at) for at in range(600)], CPU).growth is growth


def test_theil_sen_is_not_moved_by_one_outlier() -> None:
    assert theil_sen([(0, 0), (1, 2), (2, 4), (3, 600), (4, 8), (5, 10), (6, 12)]) == 2


def test_mann_kendall_gives_the_textbook_value() -> None:
    """Eight rising values: S is 28, its variance 65.33, so z is 27 / 8.08."""
    assert mann_kendall(list(range(8))) == pytest.approx(3.340, abs=0.001)
    assert mann_kendall([5.0] * 8) == 0


def table() -> str:
    """Of 500 runs of each kind, how many were given which answer."""
    shown = (Growth.GROWING, Growth.UNSETTLED, Growth.FLAT)
    rows = [f"{'of 500 seeded runs':36}" + "".join(f"{growth:>11}" for growth in shown)]
    for name, kind in {**LEAKS, **NOISY, **WARM, **LATE}.items():
        found = answers(kind, MANY)
        rows.append(f"{name:36}" + "".join(f"{found[growth]:>11}" for growth in shown))
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())  # noqa: T201
