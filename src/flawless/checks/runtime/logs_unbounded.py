"""A service's logs grow until the disk is full.

The engine's usual log driver, json-file, has no limit unless it is told one.

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
    logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}
```

## Clean twin
The driver ``local`` rotates by itself.
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    logging: {driver: local}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View


def judge(view: View) -> Iterator[Finding]:
    """The logs are rotated by the engine, or go elsewhere."""
    service, at = view.service, view.service.at("logging")
    size = service.log_options.get("max-size", "")
    if service.log_driver not in ("", "json-file", "local"):
        yield view.ok(f"its logs go to {service.log_driver}", at=at)
    elif size and size != "-1":
        yield view.ok(f"its logs are rotated at {size}", at=at)
    elif service.log_driver == "local" and not size:
        yield view.ok("its logs are rotated by the driver local", at=at)
    else:
        yield view.fail("its logs have no limit (unless the engine's own configuration sets one)", at=at, absent=True)


CHECK = Check(
    id="logs-unbounded",
    title="a service's logs grow until the disk is full",
    severity=Severity.WARN,
    items=("C1.5",),
    rules=(Rule(Level.FILES, judge),),
    remedy='write `logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}`',
    doc=__doc__ or "",
    reference="https://docs.docker.com/engine/logging/configure/",
)
