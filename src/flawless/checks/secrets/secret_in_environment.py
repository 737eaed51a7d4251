"""A secret is handed over in plain environment.

Everybody who may ask the engine reads it (``docker inspect``), every child process inherits it, and crash reports and
debug pages print it. A Compose secret is a file that only this service sees; most images and libraries take its path
in a variable that ends in ``_FILE``.

## Bad
```yaml compose.yaml
services:
  postgres:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: q7Zr0vJx3TnLw9Kd2sYb8
```

## Good
```yaml compose.yaml
services:
  postgres:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/password
    secrets: [password]
secrets:
  password:
    file: ./password
```

## Clean twin
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: postgresql://app@postgres:5432/app
      PASSWORD_MIN_LENGTH: "12"
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.secrets._shared import in_plain_sight
from flawless.model.check import Check, Finding, Level, Rule, Severity, View


def judge(view: View) -> Iterator[Finding]:
    """No variable of the service holds a secret."""
    found = [each for each in view.service.env if in_plain_sight(each)]
    for each in found:
        what = "the password of a URL" if each.url and each.url.password else "a secret"
        remedy = f"give it as a Compose secret and set {each.name}_FILE, where the program can read one"
        yield view.fail(f"{each.name} holds {what} in plain environment", at=each.origin, remedy=remedy)
    if not found:
        number = len(view.service.env)
        yield view.ok(f"{number} variable{'' if number == 1 else 's'}, none with a secret")


CHECK = Check(
    id="secret-in-environment",
    title="a secret is in plain environment",
    severity=Severity.WARN,
    items=("S1.4",),
    rules=(Rule(Level.FILES, judge),),
    remedy="use a Compose secret and the variable that ends in _FILE",
    doc=__doc__ or "",
    reference="OWASP Docker Security Cheat Sheet: rule 12; OWASP ASVS 5.0: 13.3.1; "
    "https://docs.docker.com/compose/how-tos/use-secrets/",
)
