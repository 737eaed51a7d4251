"""A container can change its own program.

With a writable root an intruder can leave something behind in the image's own folders, and repairs made by hand
inside a container get lost with it. What really has to be written belongs in a volume or a tmpfs.

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
    read_only: true
    tmpfs: [/tmp]
```

## Clean twin
A volume and a tmpfs may be written to; the root may not.
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    read_only: "true"
    volumes: ["uploads:/var/lib/uploads"]
    tmpfs: ["/tmp:mode=1777"]
volumes: {uploads: {}}
```

## Bad (live)
```json facts.json
{"containers": {"service:backend": [{"read_only": false}]}}
```

## Good (live)
```json facts.json
{"containers": {"service:backend": [{"read_only": true}]}}
```

## Clean twin (live)
A service without a container has none that could be written to.
```json facts.json
{"containers": {"service:migrate": []}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import CONTAINERS


def judge_files(view: View) -> Iterator[Finding]:
    """The service asks for a read-only root."""
    at = view.service.at("read_only")
    if view.service.read_only:
        yield view.ok("its root filesystem is read-only", at=at)
    else:
        yield view.fail("its root filesystem is writable", at=at, absent=True)


def judge_live(view: View) -> Iterator[Finding]:
    """Every container got one."""
    containers, at = view.get(CONTAINERS), view.service.at("read_only")
    if not containers:
        yield view.skip("it has no container")
    for container in containers:
        if container.read_only:
            yield view.ok(f"the root filesystem of {container.name} is read-only", at=at)
        else:
            yield view.fail(f"the root filesystem of {container.name} is writable", at=at, absent=True)


CHECK = Check(
    id="filesystem-writable",
    title="a container can change its own program",
    severity=Severity.WARN,
    items=("S1.3",),
    rules=(Rule(Level.FILES, judge_files), Rule(Level.LIVE, judge_live, needs=(CONTAINERS,))),
    remedy="write `read_only: true` and give the paths that must be written a volume or a tmpfs",
    doc=__doc__ or "",
    reference="CIS Docker Benchmark 1.6: 5.13; OWASP Docker Security Cheat Sheet: rule 8",
)
