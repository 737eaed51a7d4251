"""Stacks read from texts: one service of them, the refusal of all, or the verdict of a check."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.errors import UsageError
from flawless.judging.run import run
from flawless.model.check import Check, Level, Verdict
from flawless.model.stack import Service, Stack
from flawless.testing.from_files import facts_from, stack_from


def only(stack: Stack, name: str = "a") -> Service:
    found = stack.service(name)
    assert found
    return found


def one(text: str, root: Path, **files: str) -> Service:
    return only(stack_from({"compose.yaml": text, **files}, root))


def refusal(files: dict[str, str], root: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        stack_from(files, root)
    return caught.value


def judged(check: Check, stack: Stack) -> Verdict:
    rule = next(rule for rule in check.rules if rule.level is Level.FILES)
    (verdict,) = run([(check, rule)], stack, facts_from(stack, (*rule.needs, *rule.built)))
    return verdict
