"""A service cannot use its database.

Tried as the service does it: from inside its networks, over TCP, with its own credentials, up to a query. A ping
or ``pg_isready`` proves none of this: both are content with a wrong user, password or database.

## Bad (rehearsal)
```json facts.json
{"database-logins": {"service:backend": [
  {"stage": "login", "message": "password authentication failed for app", "code": "28P01"}]}}
```

## Good (rehearsal)
```json facts.json
{"database-logins": {"service:backend": [{"stage": "done"}]}}
```

## Bad (live)
```json facts.json
{"database-logins": {"service:backend": [
  {"stage": "login", "message": "password authentication failed for app", "code": "28P01"}]}}
```

## Good (live)
```json facts.json
{"database-logins": {"service:backend": [{"stage": "done"}]}}
```

## Clean twin (live)
The frontend has no database URL, and needs none.
```json facts.json
{"database-logins": {"service:frontend": []}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.network._shared import DATABASE_SCHEMES, Peer, judge_logins
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import DATABASE_LOGINS
from flawless.model.stack import Role

DATABASE = Peer("database", DATABASE_SCHEMES, Role.DATABASE)


def judge(view: View) -> Iterator[Finding]:
    """Every database URL of the service leads to an answered query."""
    yield from judge_logins(view, view.get(DATABASE_LOGINS), DATABASE)


CHECK = Check(
    id="database-unreachable",
    title="a service cannot use its database",
    severity=Severity.BLOCK,
    items=("P4.1", "V2.1", "D3.2", "F3", "I2"),
    rules=tuple(Rule(level, judge, needs=(DATABASE_LOGINS,)) for level in (Level.REHEARSAL, Level.LIVE)),
    remedy="compare the URL with the database service: name, port, user, password, database",
    doc=__doc__ or "",
)
