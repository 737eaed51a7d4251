"""A declared service does not run.

Every service and every replica is looked at, by label. A job has done its work when it ended with 0. In a rehearsal
each service of a throwaway copy must come up; one that asks for a host outside, which the copy cannot reach, tells
nothing.

## Bad (rehearsal)
```json facts.json
{"boot": {"service:backend": {"came": "ended", "problem": "it ended with status 0", "output": []}}}
```

## Good (rehearsal)
```json facts.json
{"boot": {"service:backend": {"came": "ready"}, "service:migrate": {"came": "ready", "health": false}}}
```

## Clean twin (rehearsal)
It runs and is not healthy: that is another check's business.
```json facts.json
{"boot": {"service:backend": {"came": "unhealthy", "problem": "its healthcheck never succeeded"}}}
```

## Bad (live)
```json facts.json
{"containers": {"service:backend": [{"state": "restarting", "exit_code": 0, "restart_count": 7}]}}
```

## Good (live)
```json facts.json
{"containers": {"service:backend": [{"state": "running"}]}}
```

## Clean twin (live)
```json facts.json
{"containers": {"service:migrate": [{"state": "exited", "exit_code": 0, "health": "none"}]}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.runtime._shared import not_come_up
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import BOOT, CONTAINERS
from flawless.model.observed import ContainerState
from flawless.model.observed_copy import Came
from flawless.model.stack import Role


def judge_boot(view: View) -> Iterator[Finding]:
    """In a throwaway copy it came up and did not end; a job ended with 0."""
    found = view.get(BOOT)
    if found.came in (Came.ENDED, Came.WAITING):
        yield not_come_up(view, found)
    elif view.service.role is Role.JOB and found.came is not Came.READY:
        yield view.unclear(f"it had not ended after {found.seconds:g} s in a throwaway copy", at=view.service.at(""))
    else:
        yield view.ok("it ended with 0" if view.service.role is Role.JOB else "it came up", at=view.service.at(""))


def judge(view: View) -> Iterator[Finding]:
    """As many containers run as are declared; a job's containers ended with 0."""
    containers = view.get(CONTAINERS)
    if view.service.role is Role.JOB:
        yield from _job(view, containers)
        return
    for container in containers:
        yield _running(view, container)
    missing = view.service.replicas - len(containers)
    if missing > 0:
        yield view.fail(f"{missing} of {view.service.replicas} containers do not exist", at=view.service.at(""))
    elif not containers:
        yield view.skip("no replica of it is wanted")


def _running(view: View, container: ContainerState) -> Finding:
    if container.state == "running":
        return view.ok(f"{container.name} is running", at=view.service.at(""))
    return view.fail(f"{container.name} is {container.state}{_why(container)}", at=view.service.at(""))


def _why(container: ContainerState) -> str:
    parts = [f"exit code {container.exit_code}"]
    if container.oom_killed:
        parts.append("killed for want of memory")
    if container.restart_count:
        parts.append(f"{container.restart_count} restarts")
    if container.error:
        parts.append(container.error)
    return f" ({', '.join(parts)})"


def _job(view: View, containers: tuple[ContainerState, ...]) -> Iterator[Finding]:
    at = view.service.at("")
    for container in containers:
        if container.state in ("running", "created", "restarting"):
            yield view.unclear(f"{container.name} has not ended yet ({container.state})", at=at)
        elif container.exit_code:
            yield view.fail(f"{container.name} ended{_why(container)}", at=at)
        else:
            yield view.ok(f"{container.name} ended with 0", at=at)
    if not containers:
        yield view.skip("the job left no container: it runs once, in a deploy")


CHECK = Check(
    id="service-not-running",
    title="a declared service does not run",
    severity=Severity.BLOCK,
    items=("V1.1", "C1.1", "F1", "D3.1"),
    rules=(Rule(Level.REHEARSAL, judge_boot, needs=(BOOT,)), Rule(Level.LIVE, judge, needs=(CONTAINERS,))),
    remedy="read the service's last log lines; exit code 0 in a restart loop means that the program does nothing, "
    "and a service meant to end is a job: say so under [roles] in flawless.toml",
    doc=__doc__ or "",
)
