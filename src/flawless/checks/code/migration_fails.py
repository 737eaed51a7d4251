"""A migration fails.

It stops half-way, the new release meets a schema that nobody ever saw, and the old one may not run on it either. So the
job is run first on a throwaway PostgreSQL of the same image: on an empty database, as a new machine needs it, and on a
copy of the one that runs, where rows are that a constraint may not like.

## Bad (rehearsal)
```json facts.json
{"migration-rehearsal": {"stack": {"passes": [{"on": "empty", "seconds": 1.2, "job": "migrate", "status": 1,
  "output": ["ERROR: relation \\"orders\\" does not exist"]}]}}}
```

## Bad (rehearsal)
It works on an empty database; the rows of the one that runs do not fit.
```json facts.json
{"migration-rehearsal": {"stack": {"passes": [{"on": "empty", "seconds": 1.0}, {"on": "again", "seconds": 1.0},
  {"on": "copy", "seconds": 0.8, "job": "migrate", "status": 3,
   "output": ["ERROR: could not create unique index \\"one_mail\\""]}]}}}
```

## Good (rehearsal)
```json facts.json
{"migration-rehearsal": {"stack": {"jobs": ["migrate"]}}}
```

## Clean twin (rehearsal)
No migration runs in this deploy.
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


def judge(view: View) -> Iterator[Finding]:
    """Every job ends with 0 on an empty database, and on a copy of the one that runs."""
    rehearsal = view.get(REHEARSAL)
    empty, copy = rehearsal.on("empty"), rehearsal.on("copy")
    if not rehearsal.jobs:
        yield view.skip(rehearsal.reason)
    elif empty is None:
        yield view.unclear("no pass on an empty database was made")
    elif empty.job:
        yield failed(view, rehearsal, empty)
    elif copy is None:
        yield from _without_copy(view)
    elif copy.job:
        yield failed(view, rehearsal, copy)
    else:
        kind = "" if rehearsal.copied == "data" else ", of its schema only"
        yield view.ok(f"{_names(view)} ended with 0 on an empty database and on a copy of the one that runs{kind}")


def _without_copy(view: View) -> Iterator[Finding]:
    """A first deploy has nothing to copy; what is there and could not be copied leaves the question open."""
    rehearsal = view.get(REHEARSAL)
    if rehearsal.uncopied:
        yield view.unclear(f"the database that runs could not be copied: {rehearsal.uncopied}")
    else:
        yield view.ok(f"{_names(view)} ended with 0 on an empty database; {rehearsal.alone}")


def _names(view: View) -> str:
    return ", ".join(view.get(REHEARSAL).jobs)


CHECK = Check(
    id="migration-fails",
    title="a migration fails",
    severity=Severity.BLOCK,
    items=("P1.5",),
    rules=(Rule(Level.REHEARSAL, judge, Scope.STACK, needs=(REHEARSAL,)),),
    remedy="mend the migration that the message names; psql needs -v ON_ERROR_STOP=1 to stop at the first error",
    doc=__doc__ or "",
)
