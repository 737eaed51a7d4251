"""The build context has no .dockerignore, or one that lets secrets and history in.

Without it, ``COPY . .`` puts the repository's history, env files and keys into a layer, where everybody who can pull
the image can read them; and each change of such a file spoils the cache. A file that git does not track protects
only the machine it lies on.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
COPY . /app
```
```text .env
PASSWORD=example
```

## Good
```yaml compose.yaml
services:
  app:
    build: app
```
```dockerfile app/Dockerfile
FROM python:3.12-slim
COPY . /app
```
```text app/.dockerignore
.git
.env*
*.pem
*.key
```

## Clean twin
The file has the Dockerfile's own name, and an example of an env file is no secret.
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
COPY . /app
```
```text Dockerfile.dockerignore
.git
.env
```
```text .env.example
PASSWORD=
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.images._shared import foreign
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import DOCKERIGNORE
from flawless.model.stack import Origin


def judge(view: View) -> Iterator[Finding]:
    """The context of every image that is built here has a tracked .dockerignore without holes."""
    ignore = view.find(DOCKERIGNORE) if view.service.build else None
    if ignore is None:
        yield foreign(view)
        return
    where = Origin(ignore.path)
    if not ignore.exists:
        let_in = f"; {', '.join(ignore.leaks)} would enter the image with COPY" if ignore.leaks else ""
        yield view.fail(f"{ignore.path} does not exist{let_in}", at=where, absent=not ignore.leaks)
        return
    if ignore.tracked is False:
        yield view.fail(f"{ignore.path} is not tracked by git", at=where, remedy=f"git add {ignore.path}")
    if ignore.leaks:
        yield view.fail(f"{ignore.path} lets in {', '.join(ignore.leaks)}", at=where)
    if ignore.tracked is not False and not ignore.leaks:
        yield view.ok(f"{ignore.path} keeps history, env files and keys out", at=where)


CHECK = Check(
    id="dockerignore-missing",
    title="the build context is not filtered",
    severity=Severity.WARN,
    items=("P2.1", "S1.4"),
    rules=(Rule(Level.FILES, judge, built=(DOCKERIGNORE,)),),
    remedy="write a .dockerignore beside the Dockerfile's context with at least .git, .env*, *.key and *.pem; track it",
    doc=__doc__ or "",
    reference="CIS Docker Benchmark 1.6: 4.10; OWASP ASVS 5.0: 13.4.1; "
    "https://docs.docker.com/build/concepts/context/#dockerignore-files",
)
