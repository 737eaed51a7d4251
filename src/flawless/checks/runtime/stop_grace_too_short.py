"""A service is killed before it could finish.

The engine asks a container to stop and kills it after ten seconds, if nothing else is written. Requests in flight and
transactions need longer: the checklist asks for thirty.

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
    stop_grace_period: 30s
```

## Clean twin
Another spelling of ninety seconds, and a job, which ends by itself.
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    stop_grace_period: 1m30s
  migrate:
    image: example/backend:1
    command: alembic upgrade head
    restart: "no"
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.runtime._shared import LASTING
from flawless.model.check import Check, Finding, Level, Rule, Severity, View

ASKED = 30.0
_ENGINE_DEFAULT = 10.0


def judge(view: View) -> Iterator[Finding]:
    """The service has thirty seconds to stop."""
    grace, at = view.service.stop_grace, view.service.at("stop_grace_period")
    if grace is None:
        yield view.fail(f"is killed after {_ENGINE_DEFAULT:.0f} s, the engine's default", at=at, absent=True)
    elif grace < ASKED:
        yield view.fail(f"is killed after {grace:g} s", at=at)
    else:
        yield view.ok(f"has {grace:g} s to stop", at=at)


CHECK = Check(
    id="stop-grace-too-short",
    title="a service is killed before it could finish",
    severity=Severity.WARN,
    items=("D1.1",),
    rules=(Rule(Level.FILES, judge, roles=LASTING),),
    remedy="write `stop_grace_period: 30s`; a program that ends earlier costs no time",
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/compose-file/services/#stop_grace_period",
)
