"""From verdicts to the checklist: every line, with its state and the checks that decided it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flawless.model.check import Check, Outcome, Verdict
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


def checklist(
    verdicts: Iterable[Verdict],
    catalogue: Iterable[Check],
    done: Mapping[str, tuple[bool, str]] | None = None,
) -> tuple[ChecklistItem, ...]:
    """Every line. ``done`` holds actions of this run by item: whether it succeeded, and what was measured."""
    judged = tuple(verdicts)
    known = tuple(catalogue)
    return tuple(_item(line, judged, known, (done or {}).get(line.item)) for line in LINES)


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
    if mine:
        outcome = next(outcome for outcome in _WORST if any(verdict.outcome is outcome for verdict in mine))
        leading = next(verdict for verdict in mine if verdict.outcome is outcome)
        reason = "" if outcome is Outcome.PASS else f"{leading.check}: {leading.reason}"
        return ChecklistItem(line.item, line.section, line.text, _STATE[outcome], names, reason)
    reason = _why_not_run(line, catalogue)
    return ChecklistItem(line.item, line.section, line.text, ItemState.NOT_RUN, (), reason)


def _why_not_run(line: Line, catalogue: tuple[Check, ...]) -> str:
    candidates = [check for check in catalogue if line.item in check.items]
    if not candidates:
        return "no check decides this line yet"
    levels = sorted({rule.level.value for check in candidates for rule in check.rules})
    return f"decided at level {', '.join(levels)}: not part of this run"
