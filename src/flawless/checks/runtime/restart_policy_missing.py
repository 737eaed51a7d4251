"""A service stays down after its first death, and after a restart of the machine.

Without ``restart`` the engine leaves a container where it fell. Jobs are meant to end and want none.

## Bad
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
```

## Good
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    restart: unless-stopped
```

## Clean twin
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    restart: unless-stopped
    depends_on: {migrate: {condition: service_completed_successfully}}
  migrate:
    image: example/backend:1
    restart: "no"
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.runtime._shared import LASTING
from flawless.model.check import Check, Finding, Level, Rule, Severity, View


def judge(view: View) -> Iterator[Finding]:
    """The service has a restart policy."""
    at = view.service.at("restart")
    if view.service.restart in ("", "no"):
        yield view.fail("nobody starts it again when it dies", at=at, absent=True)
    else:
        yield view.ok(f"it is started again: {view.service.restart}", at=at)


CHECK = Check(
    id="restart-policy-missing",
    title="a service stays down after its first death",
    severity=Severity.WARN,
    items=("C1.2",),
    rules=(Rule(Level.FILES, judge, roles=LASTING),),
    remedy="write `restart: unless-stopped`",
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/compose-file/services/#restart",
)
