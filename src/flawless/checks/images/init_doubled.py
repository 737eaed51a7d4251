"""Two inits stand before the program.

``init: true`` puts docker-init in front of whatever the image starts. Where that is an init already, the second one
is no longer PID 1: it reaps nothing, says so in the log, and s6-overlay does not start at all.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
    init: true
```
```dockerfile Dockerfile
FROM python:3.12-slim
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "app"]
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
    init: true
```
```dockerfile Dockerfile
FROM python:3.12-slim
CMD ["python", "-m", "app"]
```

## Clean twin
The entrypoint in the Compose file replaces the image's init.
```yaml compose.yaml
services:
  app:
    build: .
    init: true
    entrypoint: ["python", "-m", "app"]
```
```dockerfile Dockerfile
FROM python:3.12-slim
ENTRYPOINT ["tini", "--"]
```

## Bad (image)
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    init: true
```
```json facts.json
{"image": {"service:app": {"entrypoint": ["tini", "--"], "command": ["app"]}}}
```

## Good (image)
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    init: true
```
```json facts.json
{"image": {"service:app": {"entrypoint": [], "command": ["app"]}}}
```

## Clean twin (image)
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    init: true
    entrypoint: ["app"]
```
```json facts.json
{"image": {"service:app": {"entrypoint": ["tini", "--"], "command": ["app"]}}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.images._shared import has_init, image_start, root_base, start
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import DOCKERFILE, IMAGE

_BRINGS_S6 = re.compile(r"(?:^|/)linuxserver/")


def judge(view: View) -> Iterator[Finding]:
    """With ``init: true`` the image starts no init of its own."""
    service, dockerfile = view.service, view.find(DOCKERFILE)
    argv, _, where = start(view, dockerfile)
    image = root_base(dockerfile) if dockerfile else service.image
    if not service.init:
        yield view.skip("it does not ask for an init")
    elif has_init(argv):
        yield view.fail(f"init: true, and {argv[0]} besides ({where})", at=service.at("init"))
    elif not argv and _BRINGS_S6.search(image):
        yield view.fail(f"init: true, and {image} starts s6-overlay, which must be PID 1", at=service.at("init"))
    elif dockerfile is None and service.entrypoint is None:
        yield view.skip(f"what {image} starts cannot be seen in files")
    else:
        yield view.ok("init: true is the only init", at=service.at("init"))


def judge_image(view: View) -> Iterator[Finding]:
    """The same by the image's own entrypoint."""
    argv, where = image_start(view)
    if not view.service.init:
        yield view.skip("it does not ask for an init")
    elif has_init(argv):
        yield view.fail(f"init: true, and {argv[0]} besides ({where})", at=view.service.at("init"))
    else:
        yield view.ok("init: true is the only init", at=view.service.at("init"))


CHECK = Check(
    id="init-doubled",
    title="two inits stand before the program",
    severity=Severity.INFO,
    items=("P2.5",),
    rules=(Rule(Level.FILES, judge, built=(DOCKERFILE,)), Rule(Level.IMAGE, judge_image, needs=(IMAGE,))),
    remedy="keep one: take `init: true` out, or the init out of ENTRYPOINT",
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/compose-file/services/#init",
)
