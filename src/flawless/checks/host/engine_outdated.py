"""The Docker engine or Compose is out of support.

Engines before 25.0 no longer get security fixes from their makers (a distribution may still mend its own package:
then waive this with that reason). Compose before 2.20 lacks what flawless relies on.

## Bad (live)
```json facts.json
{"host": {"stack": {"engine": "20.10.24+dfsg1"}}}
```

## Good (live)
```json facts.json
{"host": {"stack": {"engine": "28.5.1", "compose": "v2.40.0"}}}
```

## Clean twin (live)
A distribution adds letters of its own to a version that is new enough.
```json facts.json
{"host": {"stack": {"engine": "26.1.5+dfsg1", "compose": "2.26.1-4"}}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import HOST

LEAST_ENGINE = (25, 0)
LEAST_COMPOSE = (2, 20)
_VERSION = re.compile(r"v?(\d+)\.(\d+)")


def judge(view: View) -> Iterator[Finding]:
    """Both versions are new enough."""
    host = view.get(HOST)
    yield _answer(view, "Docker engine", host.engine, LEAST_ENGINE)
    yield _answer(view, "Compose", host.compose, LEAST_COMPOSE)


def older(version: str, least: tuple[int, int]) -> bool | None:
    """Whether a version is older than that one; None when it cannot be read."""
    found = _VERSION.match(version)
    return (int(found[1]), int(found[2])) < least if found else None


def _answer(view: View, what: str, version: str, least: tuple[int, int]) -> Finding:
    old = older(version, least)
    if old is None:
        return view.unclear(f"the version of {what} is not known ({version or 'none was given'})")
    if old:
        return view.fail(f"{what} {version} is older than {least[0]}.{least[1]}")
    return view.ok(f"{what} {version}")


CHECK = Check(
    id="engine-outdated",
    title="the Docker engine or Compose is out of support",
    severity=Severity.WARN,
    items=("P2.1",),
    rules=(Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(HOST,)),),
    remedy="install a current engine from Docker's own packages for your distribution",
    doc=__doc__ or "",
    reference="OWASP Docker Security Cheat Sheet: rule 0",
)
