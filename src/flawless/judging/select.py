"""From levels and settings to the rules to run, and the facts that they need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flawless.model.check import Check, Level, Rule
from flawless.model.facts import FactKey
from flawless.model.settings import Settings

Chosen = tuple[Check, Rule]


def select(
    checks: Iterable[Check],
    levels: Iterable[Level],
    settings: Settings,
    only: Iterable[str] = (),
    *,
    window: float = 0.0,
    slow: bool = False,
    active: bool = False,
) -> tuple[Chosen, ...]:
    """Each enabled check with its deepest rule among the levels; ``only`` narrows to some ids.

    ``window`` is the soak in seconds: a rule that needs a longer one is not asked. ``slow`` and ``active`` rules are
    asked on request.
    """
    wanted = set(only)
    at_hand = tuple(levels)
    chosen: list[Chosen] = []
    for check in checks:
        setting = settings.checks.get(check.id)
        enabled = setting.enabled if setting else True
        rule = check.rule_at(at_hand, active=active)
        asked = not wanted or check.id in wanted
        if rule and enabled and asked and rule.window <= window and (slow or not rule.slow):
            chosen.append((check, rule.waited_for() if slow else rule))
    return tuple(chosen)


def needed(chosen: Iterable[Chosen]) -> tuple[FactKey[Any], ...]:
    """The union of the facts that the chosen rules need, in first-seen order."""
    keys: dict[str, FactKey[Any]] = {}
    for _, rule in chosen:
        keys.update({key.name: key for key in (*rule.needs, *rule.built)})
    return tuple(keys.values())
