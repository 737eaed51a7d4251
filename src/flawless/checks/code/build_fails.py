"""An image does not build.

All images are built, from a clean export of the commit, before anything that runs is touched. A build that fails after
the old version was stopped is an outage; here it is one line in a report.

## Bad (image)
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
RUN make
```
```json facts.json
{"build": {"service:app": {"ok": false, "tail": ["make: *** No targets specified and no makefile found.  Stop."]}}}
```

## Good (image)
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
```
```json facts.json
{"build": {"service:app": {"ok": true, "seconds": 2.0}}}
```

## Clean twin (image)
An image that is not built here cannot fail to build.
```yaml compose.yaml
services:
  app:
    image: shop/app:1
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.images._shared import foreign
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import BUILD


def judge(view: View) -> Iterator[Finding]:
    """The image of every service that has a build is built."""
    result = view.find(BUILD) if view.service.build else None
    where = view.service.at("build")
    if result is None:
        yield foreign(view)
    elif result.ok:
        yield view.ok(f"built in {result.seconds:.1f} s", at=where)
    else:
        yield view.fail("\n".join(("the build failed:", *result.tail)).rstrip(":"), at=where)


CHECK = Check(
    id="build-fails",
    title="an image does not build",
    severity=Severity.BLOCK,
    items=("P1.4", "D2.1"),
    rules=(Rule(Level.IMAGE, judge, built=(BUILD,)),),
    remedy="run `docker compose build` for that service and repair what its last lines name",
    doc=__doc__ or "",
)
