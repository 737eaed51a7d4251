"""The address of the database cannot be read as one.

A password with ``@``, ``/`` or ``#`` in it ends the address too early, a missing scheme or database name makes the
driver guess, and a misspelt scheme is refused at start. The service then dies, or worse, falls back to a default.

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: postgresql://app:p@ss@postgres:5432/app
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: postgresql://app:p%40ss@postgres:5432/app
```

## Clean twin
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: sqlite:////data/app.db
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.secrets._shared import database_urls, is_database_scheme, is_file_scheme
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.stack import EnvVar


def judge(view: View) -> Iterator[Finding]:
    """Every database address parses, with a known scheme, a host and a database."""
    urls = list(database_urls(view.service))
    for each in urls:
        yield _answer(view, each)
    if not urls:
        yield view.skip("no variable holds the address of a database")


def _answer(view: View, variable: EnvVar) -> Finding:
    url, where = variable.url, variable.origin
    if url is None:
        problem = "is empty" if not variable.value else "is no URL"
        return view.fail(f"{variable.name} {problem}", at=where)
    if is_file_scheme(url.scheme):
        return view.skip(f"{variable.name} names a file: {url.scheme}")
    if url.problem:
        return view.fail(f"{variable.name}: {url.problem}", at=where)
    if not is_database_scheme(url.scheme):
        return view.fail(f"{variable.name}: {url.scheme}:// is the scheme of no known database", at=where)
    if not url.path.strip("/") and "mongo" not in url.scheme and "sqlserver" not in url.scheme:
        return view.fail(f"{variable.name} names no database after the host", at=where)
    address = f"{url.host}:{url.port}" if url.port else url.host
    return view.ok(
        f"{variable.name}: {url.scheme} at {address}, database {url.path.strip('/') or 'not named'}", at=where
    )


CHECK = Check(
    id="database-url-malformed",
    title="the database address is malformed",
    severity=Severity.BLOCK,
    items=("P3.1",),
    rules=(Rule(Level.FILES, judge),),
    remedy="write postgresql://USER:PASSWORD@HOST:5432/DATABASE (password percent-encoded, $ doubled in YAML)",
    doc=__doc__ or "",
    reference="RFC 3986, section 3.2.1",
)
