"""A healthcheck answers "healthy" whatever happens.

The status of a pipe is that of its last command: ``wget URL | head -1 || exit 1`` reports head, and head is always
content. ``|| true``, ``|| exit 0`` and a test that only echoes are the same. Such a service is green with its program
stopped, and every deploy of it "succeeds".

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    healthcheck:
      test: wget -qO- http://localhost:3000/ | head -1 || exit 1
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    healthcheck:
      test: curl -fsS http://localhost:3000/health || exit 1
```

## Bad (image)
Run in its image with nothing listening, the test still succeeds.
```json facts.json
{"health-trial": {"service:backend": {"argv": ["/bin/sh", "-c", "/healthcheck"], "status": 0, "output": ["fine"]}}}
```

## Good (image)
```json facts.json
{"health-trial": {"service:backend": {"argv": ["/healthcheck"], "status": 7, "output": ["connection refused"]}}}
```

## Clean twin
grep fails when nothing comes through the pipe.
```yaml compose.yaml
services:
  cache:
    image: redis:7
    healthcheck:
      test: redis-cli ping | grep -q PONG
```

## Clean twin (image)
A test that waits until its time is up has not succeeded.
```json facts.json
{"health-trial": {"service:backend": {"argv": ["/healthcheck"], "status": null, "seconds": 10.0}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.images._health import HealthTest, health_test
from flawless.checks.images._shared import pipefail_shell
from flawless.checks.images._shell import can_fail
from flawless.model.check import Check, Finding, Level, Outcome, Rule, Severity, View
from flawless.model.keys import DOCKERFILE, HEALTH_TRIAL

_ALWAYS_TRUE = frozenset({"true", "echo", "printf", ":"})


def judge(view: View) -> Iterator[Finding]:
    """The healthcheck in force can end with an error."""
    test = health_test(view)
    if test is None or test.disabled:
        yield view.skip("there is no healthcheck")
    elif _can_fail(view, test):
        yield view.ok(f"it fails when its command does: {test.text}", at=test.origin)
    else:
        yield view.fail(f"this test succeeds with the program stopped: {test.text}", at=test.origin)


def judge_image(view: View) -> Iterator[Finding]:
    """What the files say, and a negative control: run in the image with nothing listening, the test fails."""
    said = [finding for finding in judge(view) if finding.outcome is Outcome.FAIL]
    yield from said
    trial, where = view.get(HEALTH_TRIAL), view.service.health.origin if view.service.health else None
    text = " ".join(trial.argv)
    if said:
        return
    if not trial.argv:
        yield view.skip("there is no healthcheck")
    elif trial.status == 0:
        yield view.fail(f"run in its image with nothing listening, this test succeeds: {text}", at=where)
    elif trial.refused:
        yield view.unclear(f"the engine did not start the test: {trial.refused}", at=where)
    else:
        ended = "ran out of time" if trial.status is None else f"exit code {trial.status}"
        yield view.ok(f"with nothing listening it fails, {ended}: {text}", at=where)


def _can_fail(view: View, test: HealthTest) -> bool:
    if not test.script:
        return test.argv[0].rpartition("/")[2] not in _ALWAYS_TRUE
    return can_fail(f"set -o pipefail; {test.script}" if _pipefail(view, test) else test.script)


def _pipefail(view: View, test: HealthTest) -> bool:
    """SHELL in the Dockerfile is also the shell of its healthcheck; an argv names its own options."""
    if "pipefail" in test.argv:
        return True
    dockerfile = view.find(DOCKERFILE)
    step = dockerfile.last("HEALTHCHECK") if dockerfile else None
    if dockerfile is None or step is None or test.argv:
        return False
    return any(pipefail_shell(stage, step) for stage in dockerfile.lineage() if step in stage.instructions)


CHECK = Check(
    id="healthcheck-cannot-fail",
    title="a healthcheck cannot fail",
    severity=Severity.BLOCK,
    items=("P2.3",),
    rules=(
        Rule(Level.FILES, judge, built=(DOCKERFILE,)),
        Rule(Level.IMAGE, judge_image, needs=(HEALTH_TRIAL,), built=(DOCKERFILE,)),
    ),
    remedy="end the test with the command that decides, without a pipe behind it: `curl -fsS URL || exit 1`",
    doc=__doc__ or "",
)
