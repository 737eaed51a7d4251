"""A container restarted.

A service that dies and comes back looks well between two deaths. The engine counts its restarts and remembers
whether the kernel killed it for want of memory, which no log of the program shows. Over the soak window the engine
also tells when only a child was killed: a worker that is started again by its parent restarts no container.

## Bad (live)
```json facts.json
{"containers": {"service:backend": [{"restart_count": 3, "exit_code": 137, "oom_killed": true}]}}
```

## Good (live)
```json facts.json
{"containers": {"service:backend": [{"restart_count": 0}]}}
```

## Clean twin (live)
A job that tried twice, because the database was not there yet, and then ended with 0.
```json facts.json
{"containers": {"service:migrate": [{"restart_count": 1, "exit_code": 0, "state": "exited", "health": "none"}]}}
```

## Bad (soak)
```json facts.json
{"window": {"service:backend": {"restarts": 1}}}
```

## Bad (soak)
```json facts.json
{"window": {"service:backend": {"restarts": 0, "oom_kills": 1}}}
```

## Good (soak)
```json facts.json
{"window": {"service:backend": {"restarts": 0}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.runtime._shared import LASTING, lasted
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import CONTAINERS, WINDOW
from flawless.model.observed import ContainerState
from flawless.model.stack import Role


def judge_live(view: View) -> Iterator[Finding]:
    """The engine counts no restart and no kill for memory since the container was made."""
    containers = view.get(CONTAINERS)
    if not containers:
        yield view.skip("it has no container that could restart")
    for container in containers:
        yield _answer(view, container)


def _answer(view: View, container: ContainerState) -> Finding:
    at = view.service.at("restart")
    if container.oom_killed:
        return view.fail(f"{container.name} was killed for want of memory", at=at)
    ended_well = view.service.role is Role.JOB and container.state == "exited" and not container.exit_code
    if container.restart_count and not ended_well:
        count, code = container.restart_count, container.exit_code
        return view.fail(f"{container.name} restarted {count} times; its last exit code is {code}", at=at)
    return view.ok(f"{container.name} has not restarted since it was made", at=at)


def judge_window(view: View) -> Iterator[Finding]:
    """Nothing restarted and nothing was killed while it was watched."""
    window, at = view.get(WINDOW), view.service.at("restart")
    if window.oom_kills:
        yield view.fail(f"killed for want of memory {window.oom_kills} times over {lasted(window)}", at=at)
    if window.restarts:
        yield view.fail(f"restarted {window.restarts} times over {lasted(window)}", at=at)
    if not (window.oom_kills or window.restarts):
        yield view.ok(f"no restart over {lasted(window)}", at=at)


CHECK = Check(
    id="container-restarted",
    title="a container restarted",
    severity=Severity.BLOCK,
    items=("V1.3", "C1.2", "I1"),
    rules=(
        Rule(Level.LIVE, judge_live, needs=(CONTAINERS,)),
        Rule(Level.SOAK, judge_window, needs=(WINDOW,), roles=LASTING),
    ),
    remedy="read the log lines before the restart; killed for memory: raise the limit or find the leak",
    doc=__doc__ or "",
)
