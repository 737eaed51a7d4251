"""A variable is given to a program that never reads it.

It looks like a setting and is none: whoever changes it waits for an effect that never comes, and a secret among them
is exposed for nothing. Only programs are judged whose names can all be told: built here, on a plain base, from source
that puts no names together. What runtimes, servers and libraries read by themselves is not meant, nor is a file of
variables that several services share.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
    environment:
      SHOP_URL: https://shop.example
      CHECKOUT_MODE: strict
```
```dockerfile Dockerfile
FROM python:3.12-slim
COPY main.py ./
CMD ["python", "main.py"]
```
```python main.py
import os

URL = os.environ["SHOP_URL"]
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
    environment:
      SHOP_URL: https://shop.example
```
```dockerfile Dockerfile
FROM python:3.12-slim
COPY main.py ./
CMD ["python", "main.py"]
```
```python main.py
import os

URL = os.environ["SHOP_URL"]
```

## Clean twin
Runtimes and servers read some names; a configuration file of the program names others.
```yaml compose.yaml
services:
  app:
    build: .
    environment:
      SHOP_URL_FILE: /run/secrets/url
      PYTHONUNBUFFERED: "1"
      WEB_CONCURRENCY: "2"
      CHECKOUT_MODE: strict
```
```dockerfile Dockerfile
FROM python:3.12-slim
COPY main.py settings.yaml ./
CMD ["gunicorn", "main"]
```
```python main.py
import os

URL = os.environ["SHOP_URL"]
```
```yaml settings.yaml
mode: ${CHECKOUT_MODE}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.secrets._names import bare, by_libraries, is_read, renamed, users
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope, service_subject
from flawless.model.keys import SOURCES
from flawless.model.observed_files import Source
from flawless.model.stack import EnvVar, Service, Stack


def judge(view: View) -> Iterator[Finding]:
    """Every variable given to a program whose names can be told is read."""
    sources = view.get(SOURCES)
    for source in sources:
        yield from _answers(view, source)
    if not sources:
        yield view.skip("no service is built here")


def _answers(view: View, source: Source) -> Iterator[Finding]:
    hindrance = _untold(source)
    drifted = {variable.name for variable, _ in renamed(source, view.stack)}
    for service in users(source, view.stack):
        subject = service_subject(service.name)
        unread = [each for each in service.env if each.name not in drifted and not is_read(source, each.name)]
        unread = [each for each in unread if not by_libraries(each.name) and not _for_others(view.stack, each)]
        if hindrance:
            yield view.skip(f"the names that its programs read cannot all be told: {hindrance}", subject=subject)
        elif not unread:
            yield view.ok(f"each of its {len(service.env)} variables is read", subject=subject)
        else:
            names = ", ".join(each.name for each in unread)
            yield view.fail(f"given and never read: {names}", at=unread[0].origin, subject=subject)


def _for_others(stack: Stack, variable: EnvVar) -> bool:
    """Whether a variable comes from a file that several services get, or that Compose reads itself."""
    file = variable.origin.file
    return file == ".env" or sum(file in _shown(stack, service) for service in stack.services) > 1


def _shown(stack: Stack, service: Service) -> list[str]:
    return [path.removeprefix(f"{stack.root}/") for path in service.env_files]


def _untold(source: Source) -> str:
    """Why it is not known of every name whether the programs of an image read it; "" when it is."""
    if source.unread:
        return source.unread
    if not source.languages or not source.reads:
        return "no source that reads variables was found"
    if source.untold:
        return f"{source.untold[0].origin} puts names together"
    return "" if bare(source) else f"the base image {source.base} may run programs of its own"


CHECK = Check(
    id="env-never-read",
    title="a variable is given that nobody reads",
    severity=Severity.INFO,
    items=("P1.6",),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(SOURCES,)),),
    remedy="take it out, or read it in the program",
    doc=__doc__ or "",
)
