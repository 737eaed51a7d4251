"""All checks, found in their folders; an id is its file's name and stands once."""

from __future__ import annotations

from functools import cache

from flawless.discover import constants_in
from flawless.model.check import Check

PACKAGE = "flawless.checks"


@cache
def catalogue() -> dict[str, Check]:
    """Every check by id, in the order of folders and files; raise ValueError on a doubled or misnamed id."""
    checks: dict[str, Check] = {}
    for module, check in constants_in(PACKAGE, "CHECK", Check):
        expected = module.__name__.rpartition(".")[2].replace("_", "-")
        if check.id != expected:
            raise ValueError(f"{module.__name__}: the id is {check.id}, the file says {expected}")
        if check.id in checks:
            raise ValueError(f"{check.id} stands twice")
        checks[check.id] = check
    return checks


def topic(check: Check) -> str:
    """The folder a check lives in: the question it belongs to."""
    return check.rules[0].judge.__module__.split(".")[2]
