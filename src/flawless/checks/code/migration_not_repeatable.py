"""A migration cannot be run twice.

Jobs are run again: after a crash, by a second starter, with every new image. What makes its table anew fails then, and
what inserts without a key adds its rows once more each time, unnoticed for months. A tool that keeps an account of what
it did (Alembic, Django, Flyway, Prisma, sqlx) does this right; plain SQL has to say IF NOT EXISTS and ON CONFLICT.

## Bad (rehearsal)
```json facts.json
{"migration-rehearsal": {"stack": {"passes": [{"on": "empty", "seconds": 1.0},
  {"on": "again", "seconds": 0.4, "job": "migrate", "status": 3,
   "output": ["ERROR: relation \\"orders\\" already exists"]}]}}}
```

## Bad (rehearsal)
It ends with 0 and has doubled its rows.
```json facts.json
{"migration-rehearsal": {"stack": {"row_changes": [{"table": "public.plans", "before": 3, "after": 6}]}}}
```

## Bad (rehearsal)
```json facts.json
{"migration-rehearsal": {"stack": {"schema_changes": ["+CREATE INDEX orders_day_idx1 ON public.orders (day);"]}}}
```

## Good (rehearsal)
```json facts.json
{"migration-rehearsal": {"stack": {"jobs": ["migrate"], "schema_changes": [], "row_changes": []}}}
```

## Clean twin (rehearsal)
```json facts.json
{"migration-rehearsal": {"stack": {"jobs": [], "reason": "no job of this deploy uses a database", "passes": []}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.code._rehearsed import failed
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import REHEARSAL

_SHOWN = 3


def judge(view: View) -> Iterator[Finding]:
    """The second pass ends with 0 and leaves the schema and the number of rows as the first one did."""
    rehearsal = view.get(REHEARSAL)
    again = rehearsal.on("again")
    if not rehearsal.jobs:
        yield view.skip(rehearsal.reason)
        return
    if again is None:
        yield view.unclear("there was no second pass, for the first one did not end well")
        return
    if again.job:
        yield failed(view, rehearsal, again)
        return
    if rehearsal.schema_changes:
        shown = "; ".join(rehearsal.schema_changes[:_SHOWN])
        yield view.fail(f"the second pass changed the schema in {len(rehearsal.schema_changes)} lines: {shown}")
    for change in rehearsal.row_changes:
        yield view.fail(f"the second pass took {change.table} from {change.before} to {change.after} rows")
    if not rehearsal.schema_changes and not rehearsal.row_changes:
        yield view.ok("the second pass left the schema and every row count as they were")


CHECK = Check(
    id="migration-not-repeatable",
    title="a migration cannot be run twice",
    severity=Severity.BLOCK,
    items=("P1.5",),
    rules=(Rule(Level.REHEARSAL, judge, Scope.STACK, needs=(REHEARSAL,)),),
    remedy="write CREATE ... IF NOT EXISTS and INSERT ... ON CONFLICT DO NOTHING on a key, or use a tool that records "
    "which migrations have run",
    doc=__doc__ or "",
)
