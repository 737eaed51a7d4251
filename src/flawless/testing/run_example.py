"""What a check answers to one of the examples in its own documentation."""

from __future__ import annotations

from pathlib import Path

from flawless.judging.run import run
from flawless.model.check import Check, Level, Rule, Verdict
from flawless.model.facts import Facts
from flawless.model.stack import Stack
from flawless.testing import samples
from flawless.testing.examples import Example
from flawless.testing.from_files import facts_from, stack_from


def answer(check: Check, example: Example, folder: Path) -> Verdict:
    """The verdict of the check's rule at the example's level; ``folder`` is empty and takes the example's files.

    An example with files is the stack they make; at level files its facts are what the file probes say of it. Without
    files, and at every other level, the world is the healthy one. The example's own facts are laid over either.
    Raises LookupError when the check has no rule at that level.
    """
    rule = next((rule for rule in check.rules if rule.level is example.level), None)
    if rule is None:
        raise LookupError(f"{check.id} has an example at level {example.level} and no rule there")
    rule = rule.waited_for()
    stack = stack_from(example.files, folder) if example.files else samples.stack()
    facts = samples.overlay(_world(rule, example, stack), example.facts)
    (verdict,) = run([(check, rule)], stack, facts)
    return verdict


def _world(rule: Rule, example: Example, stack: Stack) -> Facts:
    healthy = samples.healthy_facts(stack)
    if not example.files:
        return healthy
    keys = (*rule.needs, *rule.built)
    if example.level is Level.FILES:
        return facts_from(stack, keys)
    return facts_from(stack, [key for key in keys if key.name not in samples.PROTOTYPES]).merged(healthy)
