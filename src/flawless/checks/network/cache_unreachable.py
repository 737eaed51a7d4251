"""A service cannot use its cache.

Tried as the service does it: from inside its networks, with its own credentials, up to a key that is written, read
and removed again. A ping alone also succeeds on a cache that is full or read-only.

## Bad (rehearsal)
```json facts.json
{"cache-logins": {"service:backend": [{"stage": "resolve", "message": "the name cache is not known there"}]}}
```

## Good (rehearsal)
```json facts.json
{"cache-logins": {"service:backend": [{"stage": "done"}]}}
```

## Bad (live)
```json facts.json
{"cache-logins": {"service:backend": [
  {"stage": "login", "message": "WRONGPASS invalid username-password pair", "code": "WRONGPASS"}]}}
```

## Good (live)
```json facts.json
{"cache-logins": {"service:backend": [{"stage": "done"}]}}
```

## Clean twin (live)
The migration job has no cache URL, and needs none.
```json facts.json
{"cache-logins": {"service:migrate": []}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.network._shared import CACHE_SCHEMES, Peer, judge_logins
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import CACHE_LOGINS
from flawless.model.stack import Role

CACHE = Peer("cache", CACHE_SCHEMES, Role.CACHE)


def judge(view: View) -> Iterator[Finding]:
    """Every cache URL of the service leads to a key written and read."""
    yield from judge_logins(view, view.get(CACHE_LOGINS), CACHE)


CHECK = Check(
    id="cache-unreachable",
    title="a service cannot use its cache",
    severity=Severity.BLOCK,
    items=("P3.2", "P4.2", "V2.2", "D3.3"),
    rules=tuple(Rule(level, judge, needs=(CACHE_LOGINS,)) for level in (Level.REHEARSAL, Level.LIVE)),
    remedy="compare the URL with the cache service: name, port, user, password",
    doc=__doc__ or "",
)
