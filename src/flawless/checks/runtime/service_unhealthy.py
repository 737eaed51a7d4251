"""A service is not healthy.

A running container says nothing about the program in it. The engine runs the healthcheck; only ``healthy`` counts,
``starting`` does not yet, and a service without a healthcheck cannot be told from a dead one. Over the soak window a
service that wavers between healthy and unhealthy fails too, also when it is healthy again at the end. In a throwaway
copy each service must get healthy within the time that its healthcheck grants, one minute at least and two at most.

## Bad (rehearsal)
```json facts.json
{"boot": {"service:backend": {"came": "unhealthy", "seconds": 60, "problem": "its healthcheck never succeeded: refused",
  "output": ["panicked at src/main.rs: JWT_SECRET is not set"]}}}
```

## Good (rehearsal)
```json facts.json
{"boot": {"service:backend": {"came": "ready", "seconds": 3.1}}}
```

## Clean twin (rehearsal)
```json facts.json
{"boot": {"service:migrate": {"came": "ready", "health": false}}}
```

## Bad (live)
```json facts.json
{"containers": {"service:backend": [{"health": "unhealthy", "health_output": "connection refused"}]}}
```

## Good (live)
```json facts.json
{"containers": {"service:backend": [{"health": "healthy"}]}}
```

## Clean twin (live)
A job that ended with 0 has no health and needs none.
```json facts.json
{"containers": {"service:migrate": [{"health": "none", "state": "exited", "exit_code": 0}]}}
```

## Bad (soak)
```json facts.json
{"window": {"service:backend": {"health_flaps": 2}}}
```

## Good (soak)
```json facts.json
{"window": {"service:backend": {"health_flaps": 0}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.runtime._shared import LASTING, lasted, not_come_up
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import BOOT, CONTAINERS, WINDOW
from flawless.model.observed import ContainerState
from flawless.model.observed_copy import Came
from flawless.model.stack import Role

# What the engine last said of the health of such a container is old news.
_ENDED = frozenset({"exited", "dead", "created", "removing"})


def judge_boot(view: View) -> Iterator[Finding]:
    """In a throwaway copy its healthcheck succeeded."""
    found, at = view.get(BOOT), view.service.at("healthcheck")
    if view.service.role is Role.JOB:
        yield view.skip("a job has no health, it ends")
    elif found.came is Came.ENDED:
        yield view.unclear(f"it does not run in a throwaway copy: {found.problem}", at=at)
    elif found.came is not Came.READY:
        yield not_come_up(view, found)
    elif not found.health:
        yield view.unclear("it has no healthcheck", at=at, remedy="add a healthcheck")
    else:
        again = f", started {found.restarts + 1} times" if found.restarts else ""
        yield view.ok(f"healthy {found.seconds:.1f} s after its start{again}", at=at)


def judge(view: View) -> Iterator[Finding]:
    """Every container of a service that is no job is healthy."""
    if view.service.role is Role.JOB:
        yield view.skip("a job has no health, it ends")
        return
    containers = view.get(CONTAINERS)
    if not containers:
        yield view.fail("there is no container to be healthy", at=view.service.at("healthcheck"))
    for container in containers:
        yield _answer(view, container)


def _answer(view: View, container: ContainerState) -> Finding:
    at = view.service.at("healthcheck")
    if container.state in _ENDED:
        return view.unclear(f"{container.name} is {container.state}: it has no health now", at=at)
    if container.health == "healthy":
        return view.ok(f"{container.name} is healthy", at=at)
    if container.health == "none":
        return view.unclear(f"{container.name} has no healthcheck", at=at, remedy="add a healthcheck")
    said = f": {container.health_output}" if container.health_output else ""
    return view.fail(f"{container.name} is {container.health}{said}", at=at)


def judge_window(view: View) -> Iterator[Finding]:
    """Healthy now, and never anything else over the window."""
    yield from judge(view)
    window = view.get(WINDOW)
    if window.health_flaps:
        changes = f"its health changed {window.health_flaps} times over {lasted(window)}"
        yield view.fail(changes, at=view.service.at("healthcheck"))


CHECK = Check(
    id="service-unhealthy",
    title="a service is not healthy",
    severity=Severity.BLOCK,
    items=("V1.2", "C1.3", "F1"),
    rules=(
        Rule(Level.REHEARSAL, judge_boot, needs=(BOOT,)),
        Rule(Level.LIVE, judge, needs=(CONTAINERS,)),
        Rule(Level.SOAK, judge_window, needs=(CONTAINERS, WINDOW), roles=LASTING),
    ),
    remedy="look at the healthcheck's own output above, then at the service's logs",
    doc=__doc__ or "",
)
