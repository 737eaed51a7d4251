"""The disk is nearly full.

New images, logs, the database and its backup share the engine's disk. When it is full the database stops first. Asked
for are 5 % of the disk, at least 2 GB, and never more than 10 GB.

## Bad (live)
```json facts.json
{"host": {"stack": {"disk_free": 800000000, "disk_total": 50000000000}}}
```

## Good (live)
```json facts.json
{"host": {"stack": {"disk_free": 9000000000, "disk_total": 50000000000}}}
```

## Clean twin (live)
4 % of a large disk is room enough.
```json facts.json
{"host": {"stack": {"disk_free": 40000000000, "disk_total": 1000000000000}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import HOST

GB = 1_000_000_000
_SHARE, _LEAST, _MOST = 0.05, 2 * GB, 10 * GB


def least_free(total: int) -> float:
    """Bytes that must be free of so many."""
    return min(max(_SHARE * total, _LEAST), _MOST)


def judge(view: View) -> Iterator[Finding]:
    """The engine's disk has room for another release."""
    host = view.get(HOST)
    if host.disk_free is None or host.disk_total is None:
        yield view.unclear("the engine's disk cannot be seen from here", remedy="run flawless on the engine's machine")
        return
    wanted = least_free(host.disk_total)
    said = f"{host.disk_free / GB:.1f} of {host.disk_total / GB:.0f} GB are free"
    if host.disk_free < wanted:
        yield view.fail(f"{said}, {wanted / GB:.1f} are needed")
    else:
        yield view.ok(said)


CHECK = Check(
    id="disk-space-low",
    title="the disk is nearly full",
    severity=Severity.BLOCK,
    items=("C1.1", "I3"),
    rules=(Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(HOST,)),),
    remedy="look with `docker system df`; `docker builder prune` frees the build cache and harms no release",
    doc=__doc__ or "",
)
