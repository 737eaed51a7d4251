"""A secret is in the log of a service.

Logs are read by more people than secrets, are copied to other machines and are kept for years. Looked for is each
secret that the files of the stack name, whole, or its first eight characters where those belong to no other text.
What is reported is the name of the secret, never a part of it.

## Bad (live)
```json facts.json
{"logs": {"service:backend": {"secrets": [{"name": "JWT_SECRET", "at": 1800000000, "count": 2}]}}}
```

## Good (live)
```json facts.json
{"logs": {"service:backend": {"lines": 400, "secrets": []}}}
```

## Bad (rehearsal)
A debug line shows how a token begins.
```json facts.json
{"logs": {"service:backend": {"secrets": [{"name": "API_TOKEN", "at": 1800000000, "count": 1, "beginning": true}]}}}
```

## Good (rehearsal)
```json facts.json
{"logs": {"service:backend": {"lines": 40, "secrets": []}}}
```

## Clean twin (rehearsal)
A service that logs nothing gives nothing away.
```json facts.json
{"logs": {"service:redis": {"lines": 0, "secrets": []}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import LOGS
from flawless.model.observed import LoggedSecret


def judge(view: View) -> Iterator[Finding]:
    """No line of the log holds a secret."""
    scan = view.get(LOGS)
    for secret in scan.secrets:
        yield view.fail(_told(secret), at=view.service.at(""))
    if not scan.secrets:
        yield view.ok(f"no secret in {scan.lines} lines")


def _told(secret: LoggedSecret) -> str:
    part = "the beginning of " if secret.beginning else ""
    often = "in one line" if secret.count == 1 else f"in {secret.count} lines"
    at = datetime.fromtimestamp(secret.at, UTC).isoformat(timespec="seconds")
    return f"its log shows {part}the secret {secret.name} {often}, first at {at}"


CHECK = Check(
    id="secret-logged",
    title="a secret is in a log",
    severity=Severity.BLOCK,
    items=("S1.4",),
    rules=tuple(Rule(level, judge, needs=(LOGS,)) for level in (Level.REHEARSAL, Level.LIVE)),
    remedy="change the secret, take it out of what is logged, and remove the old logs",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 16.2.5",
)
