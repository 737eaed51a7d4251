"""A service has no healthcheck.

Without one, "running" only says that a process exists: a program that hangs, or lost its database, looks the same as
a good one. Nothing can wait for it, no deploy can tell that it failed. A job needs none: it ends.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
CMD ["python", "-m", "app"]
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
HEALTHCHECK --interval=5s CMD ["python", "-m", "app.health"]
CMD ["python", "-m", "app"]
```

## Bad (image)
```yaml compose.yaml
services:
  app:
    image: shop/app:1
```
```json facts.json
{"image": {"service:app": {"health_test": []}}}
```

## Good (image)
```yaml compose.yaml
services:
  app:
    image: shop/app:1
```
```json facts.json
{"image": {"service:app": {"health_test": ["CMD-SHELL", "wget -qO- http://127.0.0.1:8080/health"]}}}
```

## Clean twin
The image has none, Compose adds it.
```yaml compose.yaml
services:
  cache:
    image: redis:7
    healthcheck:
      test: ["CMD", "redis-cli", "ping"]
```

## Clean twin (image)
```yaml compose.yaml
services:
  cache:
    image: redis:7
    healthcheck:
      test: ["CMD", "redis-cli", "ping"]
```
```json facts.json
{"image": {"service:cache": {"health_test": []}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.images._health import health_test
from flawless.checks.images._shared import official
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import DOCKERFILE, IMAGE
from flawless.model.stack import Role


def judge(view: View) -> Iterator[Finding]:
    """Compose or the Dockerfile declares a healthcheck for every service that is no job."""
    service = view.service
    if service.role is Role.JOB:
        yield view.skip("a job has no health, it ends")
        return
    test = health_test(view)
    here = service.at("healthcheck")
    if test is None and view.find(DOCKERFILE) is None and not official(service.image):
        yield view.unclear(
            f"Compose declares no healthcheck, and whether {service.image} brings one cannot be seen in files",
            at=here,
        )
    elif test is None:
        where = (
            "neither Compose nor the Dockerfile" if view.find(DOCKERFILE) else f"neither Compose nor {service.image}"
        )
        yield view.fail(f"{where} has a healthcheck", at=here, absent=True)
    elif test.disabled:
        yield view.fail("the healthcheck is switched off", at=test.origin)
    else:
        yield view.ok(f"healthcheck: {test.text}", at=test.origin)


def judge_image(view: View) -> Iterator[Finding]:
    """Compose declares a healthcheck, or the image brings one, whoever built it."""
    service = view.service
    health, brought = service.health, view.get(IMAGE).health_test
    here = health.origin if health else service.at("healthcheck")
    declared = health.test if health else ()
    if service.role is Role.JOB:
        yield view.skip("a job has no health, it ends")
    elif (health and health.disabled) or (declared or brought)[:1] == ("NONE",):
        yield view.fail("the healthcheck is switched off", at=here)
    elif declared or brought:
        whose = "healthcheck" if declared else "healthcheck of the image"
        yield view.ok(f"{whose}: {' '.join((declared or brought)[1:])}", at=here)
    else:
        yield view.fail("neither Compose nor the image has a healthcheck", at=here, absent=True)


CHECK = Check(
    id="healthcheck-missing",
    title="a service has no healthcheck",
    severity=Severity.BLOCK,
    items=("P2.3",),
    rules=(Rule(Level.FILES, judge, built=(DOCKERFILE,)), Rule(Level.IMAGE, judge_image, needs=(IMAGE,))),
    remedy="add `healthcheck:` with a test that asks the program itself, using a program that the image has",
    doc=__doc__ or "",
    reference="CIS Docker Benchmark 1.6: 4.6 and 5.27; "
    "https://docs.docker.com/reference/compose-file/services/#healthcheck",
)
