"""The address of the cache cannot be read as one.

A raw ``@`` or ``/`` in the password cuts the address short, a missing scheme is refused by most clients, and what
stands after the host must be the number of a database. Many applications only log it and go on without a cache.

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      REDIS_URL: redis:6379
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      REDIS_URL: redis://redis:6379/0
```

## Clean twin
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      REDIS_URL: rediss://redis
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.secrets._shared import cache_urls, is_cache_scheme
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.stack import EnvVar


def judge(view: View) -> Iterator[Finding]:
    """Every cache address parses, with a known scheme and a numbered database."""
    urls = list(cache_urls(view.service))
    for each in urls:
        yield _answer(view, each)
    if not urls:
        yield view.skip("no variable holds the address of a cache")


def _answer(view: View, variable: EnvVar) -> Finding:
    url, where = variable.url, variable.origin
    if url is None:
        problem = "is empty" if not variable.value else "is no URL"
        return view.fail(f"{variable.name} {problem}", at=where)
    if url.problem:
        return view.fail(f"{variable.name}: {url.problem}", at=where)
    if not is_cache_scheme(url.scheme):
        return view.unclear(f"{variable.name}: {url.scheme}:// is the scheme of no cache that is known", at=where)
    database = url.path.strip("/")
    if database and not database.isdigit() and url.scheme in ("redis", "rediss", "valkey", "valkeys"):
        return view.fail(f"{variable.name}: database {database} is no number", at=where)
    return view.ok(f"{variable.name}: {url.scheme} at {url.host or url.path}, database {database or '0'}", at=where)


CHECK = Check(
    id="redis-url-malformed",
    title="the cache address is malformed",
    severity=Severity.BLOCK,
    items=("P3.2",),
    rules=(Rule(Level.FILES, judge),),
    remedy="write redis://:PASSWORD@HOST:6379/0 with the password percent-encoded",
    doc=__doc__ or "",
    reference="https://www.iana.org/assignments/uri-schemes/prov/redis",
)
