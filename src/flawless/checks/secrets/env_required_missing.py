"""A variable that the stack needs is set by nobody.

Compose puts a blank string in the place of a variable it does not know and only warns; the program then starts with an
empty password or address. What the example file names is what somebody found necessary; what the source reads without
a default, it stops without. A variable that one service of an image gets is not missing for another one that runs it.

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      APP_ADDRESS: ${APP_ADDRESS_THAT_NOBODY_SETS}
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      APP_ADDRESS: ${APP_ADDRESS_WITH_DEFAULT:-https://shop.example}
```

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM rust:1.88
COPY src src
RUN cargo install --path .
CMD ["app"]
```
```rust src/main.rs
fn main() {
    let key = std::env::var("SIGNING_KEY_OF_APP").expect("SIGNING_KEY_OF_APP must be set");
}
```

## Clean twin
```yaml compose.yaml
services:
  app:
    build: .
    environment:
      DATABASE_URL: postgresql://app@db.example.com/app
```
```dockerfile Dockerfile
FROM python:3.12-slim
COPY . .
ENV APP_NAME=shop
CMD ["python", "main.py"]
```
```python main.py
import os

HOME = os.environ["HOME"]
NAME = os.environ["APP_NAME"]
URL = os.environ["DATABASE_URL"]
PROXY = os.environ.get("OUTGOING_PROXY")
if PROXY:
    USER = os.environ["OUTGOING_PROXY_USER"]
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.secrets._names import given, provided, renamed, users
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import EXAMPLE_ENV, SOURCES
from flawless.model.observed_files import NameRead, Source

_UNSET = re.compile(r"[\"'`](\w+)[\"'`]? variable is not set")


def judge(view: View) -> Iterator[Finding]:
    """Compose found every variable; what an example file names, and what the source cannot do without, is given."""
    unset = {found[1]: each.origin for each in view.stack.problems if (found := _UNSET.search(_plain(each.message)))}
    for name, where in unset.items():
        yield view.fail(f"{name} is not set: Compose puts an empty string there", at=where, subject=_subject(name))
    named = {each.name: each.origin for each in view.get(EXAMPLE_ENV) if each.name not in unset}
    for name, where in named.items():
        told = f"{name} is in {where.file} and nothing provides it{_default(view, name)}"
        yield view.fail(told, at=where, subject=_subject(name))
    sources = view.get(SOURCES)
    missing = [finding for source in sources for finding in _missing(view, source, {*unset, *named})]
    yield from missing
    demanded = {each.name for source in sources for each in source.reads if each.required}
    if not unset and not named and not missing:
        more = f"; so have the {len(demanded)} that the source stops without" if demanded else ""
        yield view.ok(f"every variable that the files name has a value{more}")


def _missing(view: View, source: Source, known: set[str]) -> Iterator[Finding]:
    have = given(source, view.stack)
    near = {other.name: variable.name for variable, other in renamed(source, view.stack)}
    for each in source.reads:
        absent = each.required and each.name not in known and not provided(source, each.name, have)
        if absent and not _as_option(view, source, each):
            hint = f"; {near[each.name]} is given and never read" if each.name in near else ""
            who = " or ".join(source.services)
            told = f"the program stops without {each.name} ({each.origin}), and nothing gives it to {who}{hint}"
            yield view.fail(told, at=each.origin, subject=_subject(each.name))


def _as_option(view: View, source: Source, read: NameRead) -> bool:
    """Whether a start command gives the value as an option of the same name, as clap and its like allow."""
    option = f"--{read.name.lower().replace('_', '-')}"
    commands = (word for service in users(source, view.stack) for word in service.command or ())
    return option in " ".join((source.command, *commands))


def _default(view: View, name: str) -> str:
    """What the source does without a variable that an example file names."""
    reads = (each for source in view.get(SOURCES) for each in source.reads if each.name == name)
    return next((f"; the default in {each.origin} is used" for each in reads if each.default), "")


def _subject(name: str) -> str:
    return f"variable:{name}"


def _plain(message: str) -> str:
    """The message without the backslashes of Compose's own log format."""
    return message.replace("\\", "")


CHECK = Check(
    id="env-required-missing",
    title="a required variable is missing",
    severity=Severity.BLOCK,
    items=("P1.6", "P3.6"),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(EXAMPLE_ENV, SOURCES)),),
    remedy="set it in .env or the environment; for one that may stay empty write ${NAME:-}; ${NAME:?} refuses to start",
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/compose-file/interpolation/",
)
