"""The logs show errors.

Lines of error class are gathered by shape, so that a thousand equal lines are one finding. Over the soak window
only shapes count that the last good release did not have; a word that varied there may be another one here. What
PostgreSQL says to clients that come while it starts or stops belongs to every start and does not count.

## Bad (live)
```json facts.json
{"logs": {"service:backend": {"lines": 40, "errors": [
  {"template": "ERROR no such table <*>", "count": 3, "example": "ERROR no such table orders"}]}}}
```

## Good (live)
```json facts.json
{"logs": {"service:backend": {"lines": 40, "errors": []}}}
```

## Clean twin (live)
```json facts.json
{"logs": {"service:postgres": {"lines": 12, "errors": [
  {"template": "FATAL: the database system is starting up", "count": 2,
   "example": "FATAL:  the database system is starting up"}]}}}
```

## Bad (soak)
```json facts.json
{"window": {"service:backend": {"new_errors": [
  {"template": "ERROR timeout after <*>", "count": 3, "example": "ERROR timeout after 5 s"}]}}}
```

## Good (soak)
```json facts.json
{"window": {"service:backend": {"new_errors": []}}}
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flawless.checks.runtime._shared import LASTING, first, lasted
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import LOGS, WINDOW
from flawless.model.observed import LogTemplate

_SHOWN = 5
_HARMLESS = (
    "the database system is starting up",
    "the database system is shutting down",
    "the database system is not yet accepting connections",
    "terminating connection due to administrator command",
)


def judge_live(view: View) -> Iterator[Finding]:
    """No line of error class since the service started."""
    scan = view.get(LOGS)
    yield from _answers(view, scan.errors, f"{scan.lines} lines")


def judge_window(view: View) -> Iterator[Finding]:
    """No new shape of error while it was watched."""
    window = view.get(WINDOW)
    yield from _answers(view, window.new_errors, f"the lines of {lasted(window)}")


def _answers(view: View, errors: Iterable[LogTemplate], where: str) -> Iterator[Finding]:
    counted = sorted((error for error in errors if not _harmless(error)), key=lambda error: -error.count)
    for error in counted[:_SHOWN]:
        yield view.fail(f"{error.count} times in {where}: {first(error.example)}")
    if len(counted) > _SHOWN:
        yield view.fail(f"and {len(counted) - _SHOWN} more shapes of error in {where}")
    if not counted:
        yield view.ok(f"no error in {where}")


def _harmless(error: LogTemplate) -> bool:
    return any(text in " ".join(error.example.split()) for text in _HARMLESS)


CHECK = Check(
    id="logs-show-errors",
    title="the logs show errors",
    severity=Severity.BLOCK,
    items=("V1.5", "C1.5", "F5"),
    rules=(
        Rule(Level.LIVE, judge_live, needs=(LOGS,)),
        Rule(Level.SOAK, judge_window, needs=(WINDOW,), roles=LASTING),
    ),
    remedy="read the lines around it with `flawless logs SERVICE`; mend the cause, or waive it with a reason",
    doc=__doc__ or "",
)
