"""A migration breaks the release before.

Between the migration and the switch, and again after a rollback, the old release runs on the new schema. A column that
is renamed or dropped is an error there for every user. So the last good release's own image is started on the schema
that the migration leaves. A healthcheck does not ask for every column: columns that are gone, have another type, or are
new and must be given leave the question open.

## Bad (rehearsal)
```json facts.json
{"migration-rehearsal": {"stack": {"former": {"release": "r1", "moved": true, "services": ["backend"],
  "problem": "backend is unhealthy: column \\"mail\\" does not exist", "control": ""}}}}
```

## Good (rehearsal)
```json facts.json
{"migration-rehearsal": {"stack": {"former": {"release": "r1", "moved": true, "services": ["backend"]}}}}
```

## Clean twin (rehearsal)
The migration does nothing: the schema is up to date already.
```json facts.json
{"migration-rehearsal": {"stack": {"former": {"release": "r1", "moved": false}}}}
```

## Clean twin (rehearsal)
A first deploy: there is no release before.
```json facts.json
{"migration-rehearsal": {"stack": {"former": null, "alone": "no release was good before this one"}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import REHEARSAL
from flawless.model.observed_rehearsal import FormerBoot

_SHOWN = 3


def judge(view: View) -> Iterator[Finding]:
    """The last good release gets healthy on the new schema, and every column that it had is there as it was."""
    rehearsal = view.get(REHEARSAL)
    if not rehearsal.jobs:
        yield view.skip(rehearsal.reason)
    elif rehearsal.former is None:
        yield view.skip(rehearsal.alone)
    else:
        yield _judged(view, rehearsal.former)


def _judged(view: View, former: FormerBoot) -> Finding:
    misfits = f"its statements may not fit: {', '.join(former.misfits[:_SHOWN])}" if former.misfits else ""
    if not former.moved:
        return view.ok(f"the migration leaves the schema on which release {former.release} runs")
    if former.problem and former.control:
        said = f"release {former.release} does not start in the rehearsal on its own schema either: {former.control}"
        return view.unclear("; ".join(filter(None, (said, misfits))))
    if former.problem:
        return view.fail("; ".join(filter(None, (f"on the new schema {former.problem}", misfits))))
    if not former.services:
        return view.unclear(
            "; ".join(filter(None, (f"release {former.release} has no service to start on it", misfits)))
        )
    names = ", ".join(former.services)
    if misfits:
        return view.unclear(f"{names} of release {former.release} got healthy on the new schema, but {misfits}")
    return view.ok(f"{names} of release {former.release} got healthy on the new schema")


CHECK = Check(
    id="migration-breaks-previous-release",
    title="a migration breaks the release before",
    severity=Severity.WARN,
    items=("P1.5", "E1"),
    rules=(Rule(Level.REHEARSAL, judge, Scope.STACK, needs=(REHEARSAL,)),),
    remedy="add first, and take away one release later: new columns beside the old ones, both written",
    doc=__doc__ or "",
)
