"""From verdicts to the checklist: every line, with its state and the checks that decided it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import structs

from flawless.model.check import Check, Level, Outcome, Rule, Verdict
from flawless.model.checklist import LINES, Line
from flawless.model.report import ChecklistItem, ItemState

_STATE = {
    Outcome.FAIL: ItemState.FAILED,
    Outcome.ERROR: ItemState.UNKNOWN,
    Outcome.UNKNOWN: ItemState.UNKNOWN,
    Outcome.WAIVED: ItemState.WAIVED,
    Outcome.PASS: ItemState.CHECKED,
    Outcome.NOT_APPLICABLE: ItemState.NOT_APPLICABLE,
}
_WORST = tuple(_STATE)
_OPEN = frozenset({Outcome.FAIL, Outcome.ERROR, Outcome.UNKNOWN})


# How long a line itself asks to be watched, in seconds (C2.2 and C2.4: what a trend needs at least).
_WATCHED = {"C1.2": 300.0, "C1.5": 600.0, "C2.2": 120.0, "C2.4": 120.0}

# Sections that speak of what runs: what only files say is no evidence there.
_LIVE = ("V", "C1", "C2", "D1", "D3", "F")
_STATIC = frozenset({Level.FILES, Level.IMAGE})
_SOAK = {ItemState.FAILED: "soak bad", ItemState.UNKNOWN: "soak inconclusive"}


def checklist(
    verdicts: Iterable[Verdict],
    catalogue: Iterable[Check],
    *,
    window: float = 0.0,
    done: Mapping[str, tuple[bool, str]] | None = None,
) -> tuple[ChecklistItem, ...]:
    """Every line. ``done`` holds actions of this run by item: whether it succeeded, and what was measured.

    ``window`` is how many seconds the soak watched; a line that asks for longer is not claimed to be checked.
    """
    judged = tuple(verdicts)
    known = tuple(catalogue)
    soaked = frozenset(verdict.check for verdict in judged if verdict.level is Level.SOAK)
    items = (_item(line, judged, known, (done or {}).get(line.item)) for line in LINES)
    return tuple(_of_soak(_watched(item, window), soaked, window) for item in items)


def _only_said(line: Line, verdicts: list[Verdict]) -> bool:
    passed = [verdict for verdict in verdicts if verdict.outcome is Outcome.PASS]
    return line.item.startswith(_LIVE) and all(verdict.level in _STATIC for verdict in passed)


def _watched(item: ChecklistItem, window: float) -> ChecklistItem:
    asked = _WATCHED.get(item.item, 0.0)
    if item.state is not ItemState.CHECKED or window >= asked:
        return item
    reason = f"no fault in {window:.0f} s; this line asks for {asked:.0f} s"
    return structs.replace(item, state=ItemState.NOT_RUN, reason=reason)


def _of_soak(item: ChecklistItem, soaked: frozenset[str], window: float) -> ChecklistItem:
    """What the soak said of a line that it decided."""
    decided = soaked.intersection(item.checks)
    if item.state is ItemState.CHECKED and decided:
        return structs.replace(item, reason=item.reason or f"soak good over {window:.0f} s")
    said = _SOAK.get(item.state)
    if said and item.reason.partition(":")[0] in decided:
        return structs.replace(item, reason=f"{said}: {item.reason}")
    return item


def _item(
    line: Line, verdicts: tuple[Verdict, ...], catalogue: tuple[Check, ...], action: tuple[bool, str] | None
) -> ChecklistItem:
    mine = [verdict for verdict in verdicts if line.item in verdict.checklist]
    names = tuple(verdict.check for verdict in mine)
    if action is not None:
        good, measured = action
        if not good or not mine:
            state = ItemState.CHECKED if good else ItemState.FAILED
            return ChecklistItem(line.item, line.section, line.text, state, names, measured)
    unasked = [check for check in catalogue if line.item in check.items and check.id not in names]
    if not mine:
        return ChecklistItem(line.item, line.section, line.text, ItemState.NOT_RUN, (), _why_not_run(unasked))
    outcome = next(outcome for outcome in _WORST if any(verdict.outcome is outcome for verdict in mine))
    if unasked and outcome not in _OPEN:
        reason = f"{', '.join(names)} found nothing; {_why_not_run(unasked)}"
        return ChecklistItem(line.item, line.section, line.text, ItemState.NOT_RUN, names, reason)
    if outcome is Outcome.PASS and _only_said(line, mine):
        reason = f"so far only the files say so ({', '.join(names)}); nothing that runs was looked at"
        return ChecklistItem(line.item, line.section, line.text, ItemState.NOT_RUN, names, reason)
    leading = next(verdict for verdict in mine if verdict.outcome is outcome)
    reason = "" if outcome is Outcome.PASS else f"{leading.check}: {leading.reason}"
    return ChecklistItem(line.item, line.section, line.text, _STATE[outcome], names, reason)


def _why_not_run(unasked: list[Check]) -> str:
    if not unasked:
        return "no check decides this line yet"
    return "; ".join(f"{check.id} is decided at level {_levels(check)}: not part of this run" for check in unasked)


def _levels(check: Check) -> str:
    return " or ".join(_level(rule) for rule in check.rules)


def _level(rule: Rule) -> str:
    if rule.slow:
        return f"{rule.level.value} with --build"
    return f"{rule.level.value} of {rule.window:.0f} s or more" if rule.window else rule.level.value
