"""docs/defects.md: every defect and field failure, what finds it, and its clean twin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from flawless.judging.catalogue import catalogue
from tests.mutations import test_builds, test_edge, test_images, test_names, test_networks
from tests.mutations._defects import Defect, Twin
from tests.mutations._elsewhere import ELSEWHERE, Elsewhere
from tests.mutations.engine import _images, _live, _rehearsal
from tests.mutations.engine._harm import Harm
from tests.mutations.engine._harm import Twin as EngineTwin

Case = TypeVar("Case", Defect, Elsewhere, Harm)
MODULES = (test_builds, test_edge, test_images, test_names, test_networks)
DEFECTS: tuple[Defect, ...] = tuple(each for module in MODULES for each in module.DEFECTS)
TWINS: tuple[Twin, ...] = tuple(each for module in MODULES for each in module.TWINS)
ON_ENGINE: tuple[Harm, ...] = (*_images.DEFECTS, *_rehearsal.DEFECTS, *_live.DEFECTS)
ENGINE_TWINS: tuple[EngineTwin, ...] = (*_images.TWINS, *_rehearsal.TWINS, *_live.TWINS)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "defects.md"
UPDATE = "UPDATE_GOLDEN=1 .venv/bin/pytest tests/mutations/test_page.py"

HEAD = f"""\
# Defects that are found, and their clean twins

A clean stack is changed in one place; `flawless check` has to find the defect by the checks named here, and by no other
check that blocks or warns. Beside each stands a clean twin, which looks like it, is right, and raises nothing. The
numbers from 1 to 40 are defects that a good stack is injected with; those with an F are failures of one team's
deployments. Each line is a test in `tests/mutations/`. This page is written from them:

```sh
{UPDATE}
```
"""
FOUND = """\
## Decided by the files

| number | what is changed | found by | level | clean twin |
|---|---|---|---|---|
"""
ENGINE = """\
## Decided on the engine

What no file tells, made in the reference stack itself: in its images, in a rehearsal, or in what runs. The check of the
third column finds it. Whatever else of block and warn may fail is in the fourth, because it follows from it; nothing
else does. The long form of the tests makes all of them; any other run makes one group, by its commit
(rehearsals only the long form):

```sh
FLAWLESS_FULL=1 .venv/bin/pytest tests/mutations/engine -p no:xdist
```

| number | what is changed | found by | follows from it | level | clean twin |
|---|---|---|---|---|---|
"""
REST = """\
## Decided elsewhere

What is left is shown on a stack of its own, or ruled out by the way a deploy works.

| number | what is wrong | level | decided by |
|---|---|---|---|
"""


def numbers(each: Defect | Twin | Elsewhere | Harm | EngineTwin) -> frozenset[str]:
    """The numbers that a case stands for."""
    return frozenset(each.number.split())


def twins_of(defect: Defect) -> tuple[Twin, ...]:
    """The clean twins of a defect's own numbers; where there is none, those that share one with it."""
    same = tuple(twin for twin in TWINS if numbers(twin) == numbers(defect))
    return same or tuple(twin for twin in TWINS if numbers(twin) & numbers(defect))


def page() -> str:
    """The whole page."""
    found = "".join(_lines(_found(each) for each in _sorted(DEFECTS)))
    engine = "".join(_lines(_on_engine(each) for each in _sorted(ON_ENGINE)))
    rest = "".join(_lines(_later(each) for each in _sorted(ELSEWHERE)))
    return f"{HEAD}\n{FOUND}{found}\n{ENGINE}{engine}\n{REST}{rest}"


def _sorted(cases: Iterable[Case]) -> list[Case]:
    return sorted(cases, key=lambda each: [(word[0] == "F", int(word.lstrip("F"))) for word in each.number.split()])


def _lines(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in rows:
        yield "| " + " | ".join(re.sub(r"([|*$])", r"\\\1", cell) for cell in row) + " |\n"


def _found(defect: Defect) -> tuple[str, ...]:
    checks = ", ".join(f"`{check}`" for check in sorted(defect.meant))
    return defect.number, defect.name, checks, "files", "; ".join(twin.name for twin in twins_of(defect))


def _on_engine(each: Harm) -> tuple[str, ...]:
    meant, also = (", ".join(f"`{check}`" for check in sorted(names)) for names in (each.meant, each.also))
    twins = (twin.name for twin in ENGINE_TWINS if numbers(twin) == numbers(each))
    return each.number, each.name, meant, also or "-", each.level, "; ".join(twins) or "-"


def _later(each: Elsewhere) -> tuple[str, ...]:
    checks = ", ".join(_check(name, each.level) for name in each.checks)
    return each.number, each.name, each.level, checks or each.instead


def _check(name: str, level: str) -> str:
    """The check, or that there is none yet at that level."""
    check = catalogue().get(name)
    there = check and any(rule.level.value == level for rule in check.rules)
    return f"`{name}`" if there else f"no check yet ({name})"
