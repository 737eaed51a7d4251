"""A service has no limit on memory, CPU or processes.

Without a limit, one leak or one runaway query takes the whole machine, and with it the database, the proxy and the way
to log in. With one, the engine ends or slows down only the service that went wrong.

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    mem_limit: 256m
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    mem_limit: 256m
    cpus: 0.5
    pids_limit: 100
```

## Clean twin
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    deploy:
      resources:
        limits:
          memory: 256m
          cpus: "0.5"
          pids: 100
```

## Bad (live)
```json facts.json
{"containers": {"service:backend": [{"pids": 0}]}}
```

## Good (live)
```json facts.json
{"containers": {"service:backend": [{"memory": 268435456, "cpus": 0.5, "pids": 100}]}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import CONTAINERS
from flawless.model.stack import Origin, Role

_MB = 1024 * 1024


def judge_files(view: View) -> Iterator[Finding]:
    """The Compose file limits memory, CPU and processes."""
    limits = view.service.limits
    yield _answer(view, "", limits.memory, limits.cpus, limits.pids)


def judge_live(view: View) -> Iterator[Finding]:
    """The engine enforces the three limits on every container."""
    containers = view.get(CONTAINERS)
    for each in containers:
        yield _answer(view, f"{each.name}: ", each.memory, each.cpus, each.pids)
    if not containers and view.service.role is Role.JOB:
        yield view.skip("the job has no container")
    elif not containers:
        yield view.unclear("there is no container to look at")


def _answer(view: View, who: str, memory: int | None, cpus: float | None, pids: int | None) -> Finding:
    where = _where(view)
    values = {"memory": memory, "CPU": cpus, "processes": pids}
    missing = [name for name, value in values.items() if value is None or value <= 0]
    if missing:
        return view.fail(f"{who}no limit on {' and '.join(missing)}", at=where, absent=True)
    return view.ok(f"{who}{(memory or 0) // _MB} MB, {cpus:g} CPU, {pids} processes", at=where)


def _where(view: View) -> Origin:
    keys = ("mem_limit", "cpus", "pids_limit", "deploy")
    return next((view.service.origins[key] for key in keys if key in view.service.origins), view.service.at(""))


CHECK = Check(
    id="resource-limits-missing",
    title="a service may take the whole machine",
    severity=Severity.BLOCK,
    items=("P2.6",),
    rules=(Rule(Level.FILES, judge_files), Rule(Level.LIVE, judge_live, needs=(CONTAINERS,))),
    remedy="set mem_limit, cpus and pids_limit (or deploy.resources.limits) in the Compose file",
    doc=__doc__ or "",
    reference="CIS Docker Benchmark 1.6: 5.11, 5.12 and 5.29; OWASP Docker Security Cheat Sheet: rule 7",
)
