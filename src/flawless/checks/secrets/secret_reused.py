"""One secret serves two purposes.

Whoever learns the password of the cache then also signs tokens, or reads the database; and none of them can be
changed without the others. The same secret under two names for the same login is no reuse: the server and its client
must agree.

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DB_PASSWORD: q7Zr0vJx3TnLw9Kd2sYb8HfGmPc5uEaX
      JWT_SECRET: q7Zr0vJx3TnLw9Kd2sYb8HfGmPc5uEaX
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DB_PASSWORD: q7Zr0vJx3TnLw9Kd2sYb8HfGmPc5uEaX
      JWT_SECRET: 5uEaXq7Zr0vJx3TnLw9Kd2sYb8HfGmPc
```

## Clean twin
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: postgresql://app:q7Zr0vJx3TnLw9Kd2sYb8@postgres/app
  postgres:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: q7Zr0vJx3TnLw9Kd2sYb8
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.secrets._shared import purpose, secret_of
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.stack import EnvVar, Service

_Use = tuple[Service, EnvVar]


def judge(view: View) -> Iterator[Finding]:
    """No two purposes share a secret."""
    uses: dict[str, list[_Use]] = {}
    for service in view.stack.services:
        for variable in service.env:
            if secret := secret_of(variable):
                uses.setdefault(secret.fingerprint, []).append((service, variable))
    faults = [fault for group in uses.values() if (fault := _fault(view, group))]
    yield from faults
    if not uses:
        yield view.skip("no variable holds a secret")
    elif not faults:
        yield view.ok(f"{len(uses)} different secret{'' if len(uses) == 1 else 's'}, each for one purpose")


def _fault(view: View, group: list[_Use]) -> Finding | None:
    by_purpose: dict[str, _Use] = {}
    for use in group:
        by_purpose.setdefault(purpose(use[1]), use)
    if len(by_purpose) < 2:
        return None
    names = " and ".join(f"{variable.name} ({service.name})" for service, variable in by_purpose.values())
    second = list(by_purpose.values())[1][1]
    return view.fail(f"one secret for {' and '.join(by_purpose)}: {names}", at=second.origin)


CHECK = Check(
    id="secret-reused",
    title="one secret serves two purposes",
    severity=Severity.BLOCK,
    items=("P3.3",),
    rules=(Rule(Level.FILES, judge, Scope.STACK),),
    remedy="make a secret of its own for each purpose: `openssl rand -base64 48`",
    doc=__doc__ or "",
)
