"""A migration locks a table while the site runs, or breaks the release that runs.

An index that is not made CONCURRENTLY blocks every write until it is done; a changed column type rewrites the table
and blocks even reads. A dropped or renamed column breaks the old release, which serves until the switch and again
after a rollback. squawk knows these in SQL; Alembic's migrations are read for the same operations, but for the SQL that
they hand over as text. New tables of the same file do not count.

## Bad
```json facts.json
{"sql-lint": {"stack": {"tool": "squawk", "files": 2, "hits": [{"code": "require-concurrent-index-creation",
  "level": "warning", "message": "During normal index creation, table updates are blocked",
  "origin": {"file": "migrations/0002_index.sql", "line": 1}}]}}}
```

## Bad
```yaml compose.yaml
services:
  app:
    build: .
  db:
    image: postgres:16
```
```python migrations/versions/0002_index.py
from alembic import op

def upgrade():
    op.create_index("orders_by_day", "orders", ["day"])

def downgrade():
    op.drop_index("orders_by_day")
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
  db:
    image: postgres:16
```
```python migrations/versions/0002_index.py
from alembic import op

def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("orders_by_day", "orders", ["day"], postgresql_concurrently=True)

def downgrade():
    op.drop_table("orders")
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
from flawless.model.keys import ALEMBIC, SQL_LINT

_UNREADABLE = frozenset({"syntax-error", "unreadable"})


def judge(view: View) -> Iterator[Finding]:
    """No migration takes a lock that stops the site, or takes away what the former release reads."""
    runs = (view.get(SQL_LINT), view.get(ALEMBIC))
    hits = [hit for run in runs for hit in run.hits]
    for hit in hits:
        subject, said = f"file:{hit.origin.file}", f"{hit.code}: {hit.message}"
        if hit.code in _UNREADABLE:
            yield view.unclear(f"it cannot be read: {hit.message}", at=hit.origin, subject=subject)
        else:
            yield view.fail(said, at=hit.origin, subject=subject)
    files = sum(run.files for run in runs)
    if not files:
        yield view.skip("no folder of migrations holds SQL or Alembic's files for a PostgreSQL of this stack")
    elif not hits:
        yield view.ok(f"{files} migrations, none of which locks or takes away")


CHECK = Check(
    id="migration-unsafe",
    title="a migration stops the site or breaks the former release",
    severity=Severity.WARN,
    items=("P1.5",),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(SQL_LINT, ALEMBIC)),),
    remedy="make indexes concurrently, constraints NOT VALID first, and drop only what no release reads any more",
    doc=__doc__ or "",
    reference="https://squawkhq.com/docs/rules",
)
