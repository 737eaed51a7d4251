"""A migration locks a table while the site runs, or breaks the release that runs.

An index that is not made CONCURRENTLY blocks every write until it is done; a changed column type rewrites the table
and blocks even reads. A dropped or renamed column breaks the old release, which serves until the switch and again
after a rollback. squawk knows these; new tables of the same file do not count.

## Bad
```json facts.json
{"sql-lint": {"stack": {"tool": "squawk", "files": 2, "hits": [{"code": "require-concurrent-index-creation",
  "level": "warning", "message": "During normal index creation, table updates are blocked",
  "origin": {"file": "migrations/0002_index.sql", "line": 1}}]}}}
```

## Good
```json facts.json
{"sql-lint": {"stack": {"tool": "squawk", "files": 2, "hits": []}}}
```

## Clean twin
```json facts.json
{"sql-lint": {"stack": {"tool": "squawk", "files": 0, "hits": []}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import SQL_LINT

_NO_SQL = "syntax-error"


def judge(view: View) -> Iterator[Finding]:
    """No migration in SQL takes a lock that stops the site, or takes away what the former release reads."""
    run = view.get(SQL_LINT)
    for hit in run.hits:
        subject = f"file:{hit.origin.file}"
        if hit.code == _NO_SQL:
            yield view.unclear(f"squawk cannot read it as PostgreSQL: {hit.message}", at=hit.origin, subject=subject)
        else:
            yield view.fail(f"{hit.code}: {hit.message}", at=hit.origin, subject=subject)
    if not run.files:
        yield view.skip("no folder of migrations holds SQL for a PostgreSQL of this stack")
    elif not run.hits:
        yield view.ok(f"{run.files} migrations, and {run.tool} warns of none")


CHECK = Check(
    id="migration-unsafe",
    title="a migration stops the site or breaks the former release",
    severity=Severity.WARN,
    items=("P1.5",),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(SQL_LINT,)),),
    remedy="do what squawk says, or accept it with `-- squawk-ignore RULE` above the statement",
    doc=__doc__ or "",
    reference="https://squawkhq.com/docs/rules",
)
