"""Asking the catalogue: all checks with their topics, and one by id."""

from __future__ import annotations

from collections.abc import Mapping

from flawless.config import nearest
from flawless.errors import UsageError
from flawless.judging.catalogue import catalogue, topic
from flawless.model.check import Check

Topical = tuple[str, Check]


def all_checks() -> tuple[Topical, ...]:
    """Every check with its topic, in the catalogue's order."""
    return tuple((topic(check), check) for check in catalogue().values())


def by_id() -> Mapping[str, Check]:
    """Every check by its id."""
    return catalogue()


def one_check(check_id: str) -> Topical:
    """The check of that id with its topic; UsageError that names the nearest id when there is none."""
    check = catalogue().get(check_id)
    if check is None:
        guess = nearest(check_id, catalogue())
        remedy = f"did you mean {guess}?" if guess else "flawless checks lists them all"
        raise UsageError(f"there is no check {check_id}", remedy=remedy)
    return topic(check), check
