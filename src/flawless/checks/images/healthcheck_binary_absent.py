"""The program of a healthcheck is not in the image.

``curl`` and ``wget`` are absent from most slim and Alpine images. The test then fails for ever, the service counts as
unhealthy although it works, and what waits for it never starts.

## Bad (image)
```json facts.json
{"health-trial": {"service:backend": {"argv": ["/bin/sh", "-c", "curl -f http://localhost:3000/"], "status": 127,
  "output": ["/bin/sh: 1: curl: not found"]}}}
```

## Good (image)
```json facts.json
{"health-trial": {"service:backend": {"argv": ["curl", "-f", "http://localhost:3000/"], "status": 7,
  "output": ["curl: (7) Failed to connect to localhost port 3000"]}}}
```

## Clean twin (image)
A page that is not found is no program that is not found.
```json facts.json
{"health-trial": {"service:backend": {"argv": ["wget", "-q", "http://localhost:3000/"], "status": 8,
  "output": ["server returned 404: page not found"]}}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import HEALTH_TRIAL
from flawless.model.observed import Trial
from flawless.model.stack import Service

# What shells say (dash, bash, busybox), and what the engine says of a command without a shell.
_SHELL_SAYS = re.compile(r"^\S*sh: (?:line )?(?:\d+: )?(?:eval: )?(?P<program>[\w./+-]+): (?:command )?not found$")
_ENGINE_SAYS = re.compile(r"exec: \"(?P<program>[^\"]+)\": (?:executable file not found|stat \S+ no such file)")


def judge(view: View) -> Iterator[Finding]:
    """Every program that the healthcheck in force calls was found when it ran in the image."""
    trial, health = view.get(HEALTH_TRIAL), view.service.health
    where = health.origin if health else None
    absent = _absent(trial)
    if not trial.argv:
        yield view.skip("there is no healthcheck")
    elif absent and _mounted(absent, view.service):
        yield view.unclear(f"{absent} comes from a mount, which a trial of the image does not have", at=where)
    elif absent:
        said = f"the healthcheck calls {absent}, which the image does not have: {' '.join(trial.argv)}"
        yield view.fail(said, at=where)
    elif trial.refused:
        yield view.unclear(f"the engine did not start the test: {trial.refused}", at=where)
    else:
        yield view.ok(f"the image has what the healthcheck calls: {' '.join(trial.argv)}", at=where)


def _absent(trial: Trial) -> str:
    """The program that was not found, or ""."""
    if found := _ENGINE_SAYS.search(trial.refused):
        return found["program"]
    if trial.status == 127 and not trial.output:
        return trial.argv[0]
    return next((found["program"] for line in trial.output if (found := _SHELL_SAYS.match(line))), "")


def _mounted(program: str, service: Service) -> bool:
    return any(program == mount.target or program.startswith(f"{mount.target}/") for mount in service.mounts)


CHECK = Check(
    id="healthcheck-binary-absent",
    title="a healthcheck calls a program that the image does not have",
    severity=Severity.BLOCK,
    items=("P2.3", "V1.2"),
    rules=(Rule(Level.IMAGE, judge, needs=(HEALTH_TRIAL,)),),
    remedy="install the program in the Dockerfile, or ask with one that is there (wget in Alpine, bash's /dev/tcp)",
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/dockerfile/#healthcheck",
)
