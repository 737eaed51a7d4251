"""What a deploy costs over what the engine and Compose take to bring the same stack up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median
from typing import Any

from msgspec import Struct

from benchmarks.measure import once
from benchmarks.place import Place
from benchmarks.table import Row

RUNS = 3
SHARE, ALLOWANCE = 0.10, 3.0


class Taken(Struct, frozen=True):
    """One step: when it began (seconds since the epoch) and how long it took."""

    id: str
    kind: str
    began: float
    seconds: float


class Round(Struct, frozen=True):
    """Seconds of one deploy, of its steps in order, and of ``docker compose up --wait`` right after it."""

    deploy: float
    steps: tuple[Taken, ...]
    up: float

    def of(self, kind: str) -> float:
        """Seconds of all steps of a kind."""
        return sum(step.seconds for step in self.steps if step.kind == kind)

    @property
    def own(self) -> float:
        """What is left of the deploy without its build, its soak and what bringing the stack up takes anyway."""
        return self.deploy - self.of("build") - self.of("soak") - self.up

    @property
    def outside(self) -> float:
        """The deploy's time before, between and after its steps, some of which run side by side."""
        covered, until = 0.0, 0.0
        for step in sorted(self.steps, key=lambda step: step.began):
            end = step.began + step.seconds
            covered += max(0.0, end - max(until, step.began))
            until = max(until, end)
        return self.deploy - covered


def measure(place: Place) -> Iterator[Row]:
    """Deploys from nothing with cached images, beside Compose on the same images; volumes are fresh each time."""
    once(place.compose("build"))  # fills the cache, and gives Compose the images that it brings up
    _round(place)
    rounds = [_round(place) for _ in range(RUNS)]
    deploy, up = median(each.deploy for each in rounds), median(each.up for each in rounds)
    own = median(each.own for each in rounds)
    peer = "docker compose up --wait"
    yield Row(section="deploy", what="flawless deploy", measured=deploy, beside=up, peer=peer, runs=RUNS)
    yield Row(
        section="deploy",
        what="its own share (deploy - build - soak - up)",
        measured=own,
        beside=up,
        peer=peer,
        target=SHARE * up + ALLOWANCE,
        rule="10 % + 3 s",
        runs=RUNS,
    )
    outside = median(each.outside for each in rounds)
    yield Row(section="deploy", what="  outside of its steps", measured=outside, runs=RUNS)
    for step in rounds[-1].steps:
        name = step.id
        seconds = median(_seconds(each, name) for each in rounds)
        yield Row(section="deploy", what=f"  step {name}", measured=seconds, runs=RUNS)


def _round(place: Place) -> Round:
    place.empty()
    deploy = once(place.deploy()).seconds
    steps = _steps(json.loads((place.site.stack / ".flawless" / "report.json").read_text()))
    place.empty()
    up = once(place.compose("up", "--wait", "--no-build", "--quiet-pull")).seconds
    return Round(deploy, steps, up)


def _steps(report: dict[str, Any]) -> tuple[Taken, ...]:
    return tuple(Taken(step["id"], step["kind"], step["began"], step["seconds"]) for step in report["steps"])


def _seconds(each: Round, step: str) -> float:
    return sum(taken.seconds for taken in each.steps if taken.id == step)
