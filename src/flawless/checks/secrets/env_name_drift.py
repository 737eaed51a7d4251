"""A variable is given under a name that nobody reads, and one that is nearly the same is read and not given.

Somebody renamed it in one place. The program goes on with its default: another set of allowed origins, a cheaper hash,
another port; and whoever changes the value sees nothing happen. A name counts as read when it stands anywhere in the
files of the image; where the program puts names together itself, nothing is claimed.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
    environment:
      CORS_ORIGIN: https://shop.example
```
```dockerfile Dockerfile
FROM node:22-alpine
COPY server.js ./
CMD ["node", "server.js"]
```
```js server.js
const origins = (process.env.CORS_ORIGINS || "*").split(",");
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
    environment:
      CORS_ORIGINS: https://shop.example
```
```dockerfile Dockerfile
FROM node:22-alpine
COPY server.js ./
CMD ["node", "server.js"]
```
```js server.js
const origins = (process.env.CORS_ORIGINS || "*").split(",");
```

## Clean twin
Both names are read; and a pair such as host and port differs on purpose.
```yaml compose.yaml
services:
  app:
    build: .
    environment:
      CORS_ORIGIN: https://shop.example
      SEARCH_HOST: search
```
```dockerfile Dockerfile
FROM node:22-alpine
COPY server.js ./
CMD ["node", "server.js"]
```
```js server.js
const origins = (process.env.CORS_ORIGINS || process.env.CORS_ORIGIN || "*").split(",");
const port = process.env.SEARCH_PORT || "9200";
const host = process.env.SEARCH_HOST || "search";
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.secrets._names import given, renamed
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import SOURCES


def judge(view: View) -> Iterator[Finding]:
    """No variable that is given and never read is nearly one that is read and not given."""
    compared = 0
    faults: dict[tuple[str, str], Finding] = {}
    for source in view.get(SOURCES):
        compared += len(given(source, view.stack)) if source.reads else 0
        for variable, read in renamed(source, view.stack):
            stops = "the program stops without that" if read.required else "it goes on without that"
            message = f"{variable.name} is given and never read; {read.origin} reads {read.name}, and {stops}"
            subject = f"variable:{variable.name}"
            finding = view.fail(message, at=variable.origin, subject=subject, remedy=f"rename it to {read.name}")
            faults.setdefault((variable.name, str(variable.origin)), finding)
    yield from faults.values()
    if not compared:
        yield view.skip("no service is built here whose source reads variables")
    elif not faults:
        yield view.ok(f"{compared} names were compared with those that the source reads")


CHECK = Check(
    id="env-name-drift",
    title="a variable is given under a name that nobody reads",
    severity=Severity.WARN,
    items=("P1.6", "P3.6"),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(SOURCES,)),),
    remedy="give it under the name that the source reads",
    doc=__doc__ or "",
)
