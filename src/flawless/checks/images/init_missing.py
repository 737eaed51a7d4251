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

from collections.abc import Iterator

from flawless.checks.images._shared import OWN_PID1, has_init, image_name, start
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import DOCKERFILE
from flawless.model.stack import Role

_SERVERS = OWN_PID1 | {"redis-server", "valkey-server", "mysqld", "mariadbd", "mongod", "rabbitmq-server", "httpd"}


def judge(view: View) -> Iterator[Finding]:
    """PID 1 is an init, or a server that is made to be it; a job may be anything."""
    service = view.service
    argv, _, where = start(view, view.find(DOCKERFILE))
    program = argv[0].rpartition("/")[2] if argv else ""
    if service.role is Role.JOB:
        yield view.skip("a job ends by itself")
    elif service.init:
        yield view.ok("init: true", at=service.at("init"))
    elif has_init(argv):
        yield view.ok(f"PID 1 is {argv[0]}, {where}", at=where)
    elif program in _SERVERS or (service.entrypoint is None and _server_image(view)):
        yield view.skip(f"{program or service.image} is made to be PID 1")
    elif view.find(DOCKERFILE) is None and service.entrypoint is None:
        yield view.unclear(f"what {service.image} starts as PID 1 cannot be seen in files", at=service.at("image"))
    else:
        yield view.fail(f"PID 1 is {program or 'what the base image starts'}, without an init", at=where, absent=True)


def _server_image(view: View) -> bool:
    return view.find(DOCKERFILE) is None and image_name(view.service.image) in OWN_PID1


CHECK = Check(
    id="init-missing",
    title="no init runs as PID 1",
    severity=Severity.WARN,
    items=("P2.5", "S1.5"),
    rules=(Rule(Level.FILES, judge, built=(DOCKERFILE,)),),
    remedy='set `init: true` in the Compose file, or ENTRYPOINT ["dumb-init", "--"] in the Dockerfile',
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/compose-file/services/#init",
)
