"""A service starts before what it waits for is ready.

The short form of ``depends_on`` waits until the peer's container was started, not until the program in it answers.
The peer has a healthcheck, in Compose or in its Dockerfile: the service can wait for that. For a job it can wait until
the job has ended well.

## Bad
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    depends_on: [postgres]
  postgres:
    image: postgres:16
    healthcheck: {test: ["CMD", "pg_isready"]}
```

## Good
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    depends_on: {postgres: {condition: service_healthy}}
  postgres:
    image: postgres:16
    healthcheck: {test: ["CMD", "pg_isready"]}
```

## Clean twin
The peer has no healthcheck in the file: there is no health to wait for.
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    depends_on: [mail]
  mail:
    image: example/mail:1
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import PROGRAMS
from flawless.model.stack import Dependency, Role, Service


def judge(view: View) -> Iterator[Finding]:
    """Each dependency is waited for until it is ready, as far as that can be known."""
    if not view.service.depends_on:
        yield view.skip("it waits for no other service")
    for dependency in view.service.depends_on:
        yield _answer(view, dependency)


def _answer(view: View, dependency: Dependency) -> Finding:
    at = view.service.at("depends_on")
    peer = view.stack.service(dependency.service)
    best = _best(view, peer) if peer else "service_started"
    if dependency.condition == "service_started" and best != "service_started":
        return view.fail(f"waits only until {dependency.service} was started, and could wait for {best}", at=at)
    return view.ok(f"waits for {dependency.service}: {dependency.condition}", at=at)


def _best(view: View, peer: Service) -> str:
    if peer.role is Role.JOB:
        return "service_completed_successfully"
    if peer.health and (peer.health.disabled or peer.health.test):
        return "service_started" if peer.health.disabled else "service_healthy"
    in_image = any(each.health for each in view.get(PROGRAMS) if each.service == peer.name)
    return "service_healthy" if in_image else "service_started"


CHECK = Check(
    id="dependency-unordered",
    title="a service starts before what it waits for is ready",
    severity=Severity.WARN,
    items=("C1.1",),
    rules=(Rule(Level.FILES, judge, needs=(PROGRAMS,)),),
    remedy="write `depends_on: {NAME: {condition: service_healthy}}`, for a job `service_completed_successfully`",
    doc=__doc__ or "",
    reference="https://docs.docker.com/compose/how-tos/startup-order/",
)
