"""Defects and clean twins as data, the changes they are made of, and how both are judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from msgspec import Struct

from tests.mutations._clean import Site

Change = Callable[[Site], None]
COMPOSE, BACKEND, NGINX = "compose.yaml", "backend/Dockerfile", "nginx/nginx.conf"


class Twin(Struct, frozen=True):
    """A change of a clean stack that looks like the defect of the same number and is none."""

    number: str
    name: str
    stack: str
    change: Change


class Defect(Struct, frozen=True):
    """A change of a clean stack, the checks of block and warn that must fail, and words that one of them must say.

    ``number`` has one or more of the forty defects that a good stack is injected with, and of the failures seen in the
    field (F), with spaces between them.
    """

    number: str
    name: str
    stack: str
    change: Change
    meant: frozenset[str]
    says: str = ""


def edit(name: str, *pairs: tuple[str, str]) -> Change:
    """Changes of one file."""

    def change(site: Site) -> None:
        for old, new in pairs:
            site.replace(name, old, new)
        site.commit()

    return change


def add(name: str, text: str) -> Change:
    """A new file, tracked; another text for one that is there."""

    def change(site: Site) -> None:
        site.write(name, text)
        site.commit()

    return change


def remove(name: str) -> Change:
    """A file less."""

    def change(site: Site) -> None:
        (site.root / name).unlink()
        site.commit()

    return change


def all_of(*changes: Change) -> Change:
    """Several changes."""

    def change(site: Site) -> None:
        for each in changes:
            each(site)

    return change


def of(*names: str) -> frozenset[str]:
    """Ids of checks."""
    return frozenset(names)


def each_of(what: str, cases: Iterable[Defect | Twin]) -> pytest.MarkDecorator:
    """One test for each of them, named after it."""
    return pytest.mark.parametrize(
        what, [pytest.param(each, id=re.sub(r"\W+", "-", f"{each.number} {each.name}")) for each in cases]
    )


def expect_found(defect: Defect, folder: Path) -> None:
    """The defect alone is found by the checks meant, by no other of block or warn, and stops the gate if one blocks."""
    site = Site(defect.stack, folder)
    defect.change(site)
    answer = site.check()
    assert answer.failed == defect.meant, answer.told
    assert any(defect.says in line for line in answer.told), answer.told
    assert answer.exit_code == (1 if answer.blocking else 0), answer.unknown


def expect_nothing(twin: Twin, folder: Path) -> None:
    """What only looks like a defect raises nothing of block or warn, and stops no gate."""
    site = Site(twin.stack, folder)
    twin.change(site)
    answer = site.check()
    assert answer.failed == frozenset(), answer.told
    assert answer.exit_code == 0, answer.unknown
