"""The key that signs tokens can be guessed.

Whoever knows it signs in as anybody. A token can be taken home and tried against billions of keys a second, so a word,
a placeholder or a short key is found in minutes. HS256 needs a key of at least 32 bytes (RFC 7518, section 3.2).

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      JWT_SECRET: change-me-please-this-is-not-a-secret-key
  api:
    image: shop/api:1
    environment:
      JWT_SECRET_FILE: /run/secrets/jwt_secret
    secrets: [jwt_secret]
secrets:
  jwt_secret:
    file: ./jwt_secret
```
```text jwt_secret
supersecretjwtkey
```

## Good
What is in a file counts, where the file is a Compose secret that can be read here.
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      JWT_SECRET: q7Zr0vJx3TnLw9Kd2sYb8HfGmPc5uEaX
  api:
    image: shop/api:1
    environment:
      JWT_SECRET_FILE: /run/secrets/jwt_secret
    secrets: [jwt_secret]
secrets:
  jwt_secret:
    file: ./jwt_secret
```
```text jwt_secret
q7Zr0vJx3TnLw9Kd2sYb8HfGmPc5uEaX
```

## Clean twin
Verifying with a public key needs no secret.
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      JWT_PUBLIC_KEY_FILE: /run/keys/jwt.pub
      JWT_EXPIRES_IN: 15m
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.stack import EnvVar

LEAST_BYTES = 32
_LEAST_SCORE = 3
_NAME = re.compile(
    r"(^|_)(JWT_?(SECRET|KEY|SIGNING_KEY|SECRET_KEY|SIGNING_SECRET|ACCESS_SECRET|REFRESH_SECRET)"
    r"|(AUTH|NEXTAUTH|SESSION|TOKEN|ACCESS_TOKEN|REFRESH_TOKEN)_SECRET|SECRET_KEY_BASE|DJANGO_SECRET_KEY|APP_SECRET)$"
    r"|^SECRET_KEY$"
)


def judge(view: View) -> Iterator[Finding]:
    """Every key that signs tokens is long, no placeholder, and hard to guess."""
    found = [each for each in view.service.env if _NAME.search(each.name.removesuffix("_FILE"))]
    for each in found:
        yield _answer(view, each)
    if not found:
        yield view.skip("no variable holds a key that signs tokens")


def _answer(view: View, variable: EnvVar) -> Finding:
    where, secret = variable.origin, variable.secret
    if variable.name.endswith("_FILE") and secret is None:
        return view.unclear(
            f"{variable.name} names a file that is no Compose secret of this service, or cannot be read",
            at=where,
            remedy="list it under secrets: with the file it comes from, and make that file readable for you",
        )
    if secret is None or not secret.length:
        return _unhidden(view, variable)
    if secret.placeholder:
        return view.fail(f"{variable.name} is a placeholder", at=where)
    if secret.length < LEAST_BYTES:
        return view.fail(f"{variable.name} has {secret.length} bytes, fewer than {LEAST_BYTES}", at=where)
    if secret.score < _LEAST_SCORE:
        return view.fail(f"{variable.name} is easy to guess: strength {secret.score} of 4", at=where)
    return view.ok(f"{variable.name}: {secret.length} bytes, strength {secret.score} of 4", at=where)


def _unhidden(view: View, variable: EnvVar) -> Finding:
    """A value that does not even look like a secret, so that nobody hid it."""
    if not variable.value:
        return view.fail(f"{variable.name} is empty", at=variable.origin)
    if len(variable.value.encode()) < LEAST_BYTES:
        return view.fail(f"{variable.name} has fewer than {LEAST_BYTES} bytes", at=variable.origin)
    return view.unclear(f"{variable.name} does not look like a secret", at=variable.origin)


CHECK = Check(
    id="jwt-secret-weak",
    title="the key that signs tokens can be guessed",
    severity=Severity.BLOCK,
    items=("P3.3", "S3.1"),
    rules=(Rule(Level.FILES, judge),),
    remedy="make a new one with `openssl rand -base64 48`; tokens signed with the old key end",
    doc=__doc__ or "",
    reference="RFC 7518, section 3.2; OWASP ASVS 5.0: 11.2.3",
)
