"""No init runs as PID 1.

The kernel treats PID 1 differently: a signal it has no handler for is dropped, so a plain program ignores SIGTERM and
is killed when the grace period ends, with its requests; and nobody collects dead children. ``init: true`` or dumb-init
in front takes both off the program. Servers such as nginx, postgres and redis are made to be PID 1.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM node:22-alpine
CMD ["node", "server.js"]
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM node:22-alpine
RUN apk add --no-cache dumb-init
ENTRYPOINT ["dumb-init", "--"]
CMD ["node", "server.js"]
```

## Bad (image)
```yaml compose.yaml
services:
  app:
    image: shop/app:1
```
```json facts.json
{"image": {"service:app": {"entrypoint": [], "command": ["node", "server.js"]}}}
```

## Good (image)
```yaml compose.yaml
services:
  app:
    image: shop/app:1
```
```json facts.json
{"image": {"service:app": {"entrypoint": ["/usr/bin/tini", "--"], "command": ["node", "server.js"]}}}
```

## Clean twin (image)
The image's own script starts a server that is made to be PID 1.
```yaml compose.yaml
services:
  app:
    image: shop/app:1
```
```json facts.json
{"image": {"service:app": {"entrypoint": ["/docker-entrypoint.sh"], "command": ["nginx", "-g", "daemon off;"]}}}
```

## Clean twin
```yaml compose.yaml
services:
  app:
    build: .
    init: true
  cache:
    image: redis:7
```
```dockerfile Dockerfile
FROM node:22-alpine
CMD ["node", "server.js"]
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.images._shared import OWN_PID1, has_init, image_name, image_start, start
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import DOCKERFILE, IMAGE
from flawless.model.stack import Origin, Role

_SERVERS = OWN_PID1 | {"redis-server", "valkey-server", "mysqld", "mariadbd", "mongod", "rabbitmq-server", "httpd"}
_SCRIPT = re.compile(r"\.sh$|entrypoint")


def judge(view: View) -> Iterator[Finding]:
    """PID 1 is an init, or a server that is made to be it; a job may be anything."""
    service = view.service
    argv, _, where = start(view, view.find(DOCKERFILE))
    program = argv[0].rpartition("/")[2] if argv else ""
    if settled := _settled(view, argv, where):
        yield settled
    elif program in _SERVERS or (service.entrypoint is None and _server_image(view)):
        yield view.skip(f"{program or service.image} is made to be PID 1")
    elif view.find(DOCKERFILE) is None and service.entrypoint is None:
        yield view.unclear(f"what {service.image} starts as PID 1 cannot be seen in files", at=service.at("image"))
    else:
        yield view.fail(f"PID 1 is {program or 'what the base image starts'}, without an init", at=where, absent=True)


def judge_image(view: View) -> Iterator[Finding]:
    """The same by the image's own entrypoint and command, whoever built it."""
    service = view.service
    argv, where = image_start(view)
    names = [word.rpartition("/")[2] for word in argv]
    server = next((name for name in names[:2] if name in _SERVERS), "")
    if settled := _settled(view, argv, where):
        yield settled
    elif not argv:
        yield view.unclear("the image starts nothing by itself", at=where)
    elif server or (service.build is None and image_name(service.image) in OWN_PID1):
        yield view.skip(f"{server or service.image} is made to be PID 1")
    elif service.build is None and service.entrypoint is None and _SCRIPT.search(argv[0]):
        yield view.unclear(f"what {argv[0]} of {service.image} becomes cannot be seen from outside", at=where)
    else:
        yield view.fail(f"PID 1 is {names[0]}, without an init", at=where, absent=True)


def _settled(view: View, argv: tuple[str, ...], where: Origin) -> Finding | None:
    """The answer where a job ends by itself or an init is there; None where it is not settled by that."""
    service = view.service
    if service.role is Role.JOB:
        return view.skip("a job ends by itself")
    if service.init:
        return view.ok("init: true", at=service.at("init"))
    return view.ok(f"PID 1 is {argv[0]}, {where}", at=where) if has_init(argv) else None


def _server_image(view: View) -> bool:
    return view.find(DOCKERFILE) is None and image_name(view.service.image) in OWN_PID1


CHECK = Check(
    id="init-missing",
    title="no init runs as PID 1",
    severity=Severity.WARN,
    items=("P2.5", "S1.5"),
    rules=(Rule(Level.FILES, judge, built=(DOCKERFILE,)), Rule(Level.IMAGE, judge_image, needs=(IMAGE,))),
    remedy='set `init: true` in the Compose file, or ENTRYPOINT ["dumb-init", "--"] in the Dockerfile',
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/compose-file/services/#init",
)
