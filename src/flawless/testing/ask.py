"""One question to one check: a world, what is different in it, and the verdict. For the tests of checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flawless.judging.run import run
from flawless.model.check import Check, Level, Verdict
from flawless.model.facts import Fact
from flawless.model.stack import Stack
from flawless.testing import samples


def ask(
    check: Check,
    level: Level,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    stack: Stack | None = None,
    facts: Iterable[Fact] = (),
) -> Verdict:
    """The verdict of the check's rule at that level over ``stack`` (the healthy one when none is given).

    ``changes`` are laid over the healthy readings as ``samples.overlay`` does, ``facts`` after them.
    Raises StopIteration when the check has no rule at that level.
    """
    of = stack or samples.stack()
    rule = next(rule for rule in check.rules if rule.level is level)
    world = samples.overlay(samples.healthy_facts(of), changes or {}).merged(facts)
    (verdict,) = run([(check, rule.waited_for())], of, world)
    return verdict
