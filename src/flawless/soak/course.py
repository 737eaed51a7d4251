"""The course of a service's memory and CPU over a soak: readings as they come, a bounded number of samples. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from msgspec import Struct

from flawless.model.observed import Sample

MOST_SAMPLES = 240


class Reading(Struct, frozen=True):
    """A container's use at one moment: bytes, cores since the reading before, and the CPU limit's periods so far."""

    at: float
    memory: int
    cores: float
    periods: int = 0
    throttled: int = 0


class _Stretch(Struct):
    """Sums over the readings of one container in one stretch."""

    count: int = 0
    at: float = 0.0
    memory: float = 0.0
    cores: float = 0.0


def width(seconds: float, interval: float) -> float:
    """How many seconds a sample stands for, so that a soak of any length has at most MOST_SAMPLES."""
    return max(interval, seconds / MOST_SAMPLES)


class Course:
    """Gathers the readings of the containers of one service; each sample is the sum of the containers' means."""

    def __init__(self, containers: Iterable[str], width: float) -> None:
        self._stretches: dict[int, dict[str, _Stretch]] = {}
        self._containers = frozenset(containers)
        self._first: dict[str, Reading] = {}
        self._last: dict[str, Reading] = {}
        self._width = width
        self._peaks = dict.fromkeys(self._containers, 0)

    def add(self, container: str, reading: Reading) -> None:
        """One more reading of one of the containers."""
        number = min(int(reading.at / self._width), MOST_SAMPLES - 1)
        stretch = self._stretches.setdefault(number, {}).setdefault(container, _Stretch())
        stretch.count += 1
        stretch.at += reading.at
        stretch.memory += reading.memory
        stretch.cores += reading.cores
        self._first.setdefault(container, reading)
        self._last[container] = reading
        self._peaks[container] = max(self._peaks[container], reading.memory)

    def samples(self) -> tuple[Sample, ...]:
        """The stretches in which every container was read: a missing one would look like memory given back."""
        whole = (stretch for _, stretch in sorted(self._stretches.items()) if stretch.keys() == self._containers)
        return tuple(_sample(tuple(stretch.values())) for stretch in whole)

    @property
    def peak(self) -> int:
        """The highest memory of each container together."""
        return sum(self._peaks.values())

    @property
    def periods(self) -> int:
        """Periods of the CPU limit that went by; 0 without a limit."""
        return sum(last.periods - self._first[container].periods for container, last in self._last.items())

    @property
    def throttled(self) -> int:
        """Those of them in which a container had to wait for its CPU."""
        return sum(last.throttled - self._first[container].throttled for container, last in self._last.items())


def _sample(parts: tuple[_Stretch, ...]) -> Sample:
    memory = sum(part.memory / part.count for part in parts)
    cores = sum(part.cores / part.count for part in parts)
    return Sample(round(fmean(part.at / part.count for part in parts), 1), round(memory), round(cores, 4))
