"""A healthcheck gives up on the program before it could have started.

Failures count from the first one on unless ``start_period`` covers the start. Where interval and retries together are
shorter than the boot, the container is "unhealthy" while it is still starting, and whatever waits for
``service_healthy`` never starts. Counted is what the first start needs at the very least: one second for a cache, ten
for a database that creates its files, twenty for a Java server, five for other programs. The message also says how
long a hang goes unnoticed: retries times interval and timeout. A rehearsal measures the boot instead of guessing it:
the earliest moment at which the container can be called unhealthy must come after one and a half times that.

## Bad
```yaml compose.yaml
services:
  db:
    image: postgres:16
    healthcheck:
      test: ["CMD", "pg_isready", "-h", "127.0.0.1"]
      interval: 2s
      retries: 2
```

## Good
```yaml compose.yaml
services:
  db:
    image: postgres:16
    healthcheck:
      test: ["CMD", "pg_isready", "-h", "127.0.0.1"]
      interval: 2s
      retries: 2
      start_period: 30s
```

## Clean twin
No start_period, but interval and retries leave it nearly a minute.
```yaml compose.yaml
services:
  db:
    image: postgres:16
    healthcheck:
      test: ["CMD", "pg_isready", "-h", "127.0.0.1"]
      interval: 10s
      retries: 5
```

## Bad (rehearsal)
```json facts.json
{"boot": {"service:backend": {"came": "ready", "seconds": 24.0}}}
```

## Good (rehearsal)
```json facts.json
{"boot": {"service:backend": {"came": "ready", "seconds": 3.0}}}
```

## Clean twin (rehearsal)
A service that did not get ready tells nothing of how long it needs; that is another finding.
```json facts.json
{"boot": {"service:backend": {"came": "ended", "seconds": 0.2, "problem": "it ended with status 1"}}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from flawless.checks.images._health import health_test
from flawless.checks.images._shared import image_name
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.dockerfile import Instruction
from flawless.model.keys import BOOT, DOCKERFILE
from flawless.model.observed_copy import Came
from flawless.model.stack import Role

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SLOW = re.compile(r"keycloak|elasticsearch|opensearch|kafka|cassandra|jenkins|sonarqube|solr|neo4j|logstash|zookeeper")
_LEAST = {Role.CACHE: 1.0, Role.DATABASE: 10.0}
_OTHERS, _JAVA = 5.0, 20.0
MARGIN = 1.5
_PATIENT = 30.0  # one failed test is enough only where tests are this far apart: the engine's own interval


class Times(Struct, frozen=True):
    """When a healthcheck asks and gives up, in seconds; what is not written is the engine's default."""

    interval: float
    timeout: float
    retries: int
    start_period: float

    @property
    def first(self) -> float:
        """The earliest moment after the start at which the container can be called unhealthy."""
        return self.start_period + self.retries * self.interval


def judge_boot(view: View) -> Iterator[Finding]:
    """The container cannot be called unhealthy before one and a half times the measured boot."""
    test, found = health_test(view), view.get(BOOT)
    if test is None or test.disabled or view.service.role is Role.JOB:
        yield view.skip("there is no healthcheck" if view.service.role is not Role.JOB else "a job has no health")
    elif found.came is not Came.READY:
        yield view.skip(f"its start could not be measured: {found.problem}")
    else:
        times, needed = _times(view), MARGIN * found.seconds
        said = f"it was ready after {found.seconds:.1f} s in a throwaway copy; {_told(times)}"
        yield view.fail(said, at=test.origin) if times.first < needed else view.ok(said, at=test.origin)


def judge(view: View) -> Iterator[Finding]:
    """The earliest moment at which the container can be called unhealthy comes after the least boot."""
    test = health_test(view)
    if test is None or test.disabled or view.service.role is Role.JOB:
        yield view.skip("there is no healthcheck" if view.service.role is not Role.JOB else "a job has no health")
        return
    times, least, said = _times(view), _least(view), _told(_times(view))
    hasty = times.retries == 1 and not times.start_period and times.interval < _PATIENT and least > _LEAST[Role.CACHE]
    if times.first < least or hasty:
        yield view.fail(said, at=test.origin)
    else:
        yield view.ok(said, at=test.origin)


def _told(times: Times) -> str:
    worst = times.retries * (times.interval + times.timeout)
    return (
        f"unhealthy {times.first:g} s after the start at the earliest ({times.retries} x {times.interval:g} s, "
        f"start_period {times.start_period:g} s); a hang is noticed after {worst:g} s at most"
    )


def _least(view: View) -> float:
    name = image_name(view.service.image)
    return _JAVA if _SLOW.search(name) else _LEAST.get(view.service.role, _OTHERS)


def _times(view: View) -> Times:
    """Each time on its own: what Compose leaves out comes from the Dockerfile's HEALTHCHECK, as the engine does it."""
    health, dockerfile = view.service.health, view.find(DOCKERFILE)
    step = dockerfile.last("HEALTHCHECK") if dockerfile else None
    flags = _flags(step) if step else {}

    def written(name: str, default: float) -> float:
        own = getattr(health, name.replace("-", "_"), None) if health else None
        return float(flags.get(name, default) if own is None else own)

    return Times(
        written("interval", 30.0) or 30.0,
        written("timeout", 30.0) or 30.0,
        int(written("retries", 3)) or 3,
        written("start-period", 0.0),
    )


def _flags(step: Instruction) -> dict[str, float]:
    found: dict[str, float] = {}
    for flag in step.flags:
        name, _, value = flag.removeprefix("--").partition("=")
        parts = _PART.findall(value)
        if parts:
            found[name] = sum(float(number) * _SECONDS[unit] for number, unit in parts)
        elif value.isdecimal():
            found[name] = float(value)
    return found


CHECK = Check(
    id="healthcheck-too-tight",
    title="a healthcheck gives up before the program could start",
    severity=Severity.WARN,
    items=("P2.3", "C1.3"),
    rules=(
        Rule(Level.FILES, judge, built=(DOCKERFILE,)),
        Rule(Level.REHEARSAL, judge_boot, needs=(BOOT,), built=(DOCKERFILE,)),
    ),
    remedy="write `start_period:` longer than the slowest start; it costs a faster one no time",
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/dockerfile/#healthcheck",
)
