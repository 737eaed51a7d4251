"""The services may use more memory than the machine has.

While a service changes hands the old and the new container run side by side. So the sum of all limits, and the largest
one again, must fit; otherwise the kernel chooses what to kill.

## Bad (live)
```json facts.json
{"host": {"stack": {"memory": 1073741824}}}
```

## Good (live)
```json facts.json
{"host": {"stack": {"memory": 4294967296}}}
```

## Clean twin (live)
It fits, if only just.
```json facts.json
{"host": {"stack": {"memory": 1610612736}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.runtime._shared import LASTING, megabytes
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import HOST


def judge(view: View) -> Iterator[Finding]:
    """All limits together, and the largest twice, are within the machine's memory."""
    services = [service for service in view.stack.with_role(*LASTING) if service.replicas]
    unbounded = [service.name for service in services if not service.limits.memory]
    limits = [service.limits.memory or 0 for service in services for _ in range(service.replicas)]
    wanted, memory = sum(limits) + max(limits, default=0), view.get(HOST).memory
    said = f"the limits, the largest twice, come to {megabytes(wanted)} of {megabytes(memory)}"
    if wanted > memory:
        yield view.fail(said)
    elif unbounded:
        yield view.unclear(f"{said}, but {', '.join(unbounded)} may use any amount", remedy="set memory limits")
    else:
        yield view.ok(said)


CHECK = Check(
    id="memory-headroom-low",
    title="the services may use more memory than the machine has",
    severity=Severity.WARN,
    items=("I3",),
    rules=(Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(HOST,)),),
    remedy="lower the limits to what the services use (`flawless top`), or take a larger machine",
    doc=__doc__ or "",
)
