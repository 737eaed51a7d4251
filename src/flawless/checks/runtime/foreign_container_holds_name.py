"""A container of somebody else holds a name that the stack needs.

Compose then stops with "Conflict. The container name is already in use". Such a container was made by hand or by
another project; it is never removed on its own account, since it may be somebody's database.

## Bad (live)
```json facts.json
{"foreign": {"stack": [{"name": "sample-backend-1", "service": "backend", "owner": ""}]}}
```

## Good (live)
```json facts.json
{"foreign": {"stack": []}}
```

## Clean twin (live)
The stack's own container has the name already.
```json facts.json
{"containers": {"service:backend": [{"name": "sample-backend-1"}]}, "foreign": {"stack": []}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope, service_subject
from flawless.model.keys import FOREIGN


def judge(view: View) -> Iterator[Finding]:
    """No name of the stack is held from outside."""
    foreign = view.get(FOREIGN)
    for container in foreign:
        owner = f"the project {container.owner}" if container.owner else "no project"
        service = view.stack.service(container.service)
        yield view.fail(
            f"the name {container.name} is held by a container of {owner}",
            at=service.at("container_name") if service else None,
            remedy=f"look at it (`docker inspect {container.name}`), then rename or remove it yourself",
            subject=service_subject(container.service),
        )
    if not foreign:
        yield view.ok("no container outside the stack holds one of its names")


CHECK = Check(
    id="foreign-container-holds-name",
    title="somebody else's container holds a name of the stack",
    severity=Severity.BLOCK,
    items=("D1.2", "C1.1"),
    rules=(Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(FOREIGN,)),),
    remedy="rename or remove that container yourself",
    doc=__doc__ or "",
)
