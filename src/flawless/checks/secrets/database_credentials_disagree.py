"""A service logs in with what the database was not made with.

The image of the database makes one user, its password and one database in an empty volume, and whoever comes with
another name or password is turned away. Where one of the two is changed in the files, the other one must follow.
Users and databases that a script makes (in /docker-entrypoint-initdb.d, or SQL of the stack) are no disagreement.

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: postgresql://shop:q7Zr0vJx3TnLw9Kd2sYb8@postgres:5432/shop
  postgres:
    image: postgres:16
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: HfGmPc5uEaXq7Zr0vJx3T
      POSTGRES_DB: shop
```

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DB_HOST: postgres
      DB_USER: shop
      DB_NAME: store
  postgres:
    image: postgres:16
    environment:
      POSTGRES_USER: shop
      POSTGRES_DB: shop
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: postgresql://shop:q7Zr0vJx3TnLw9Kd2sYb8@postgres:5432/shop
  postgres:
    image: postgres:16
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: q7Zr0vJx3TnLw9Kd2sYb8
```

## Clean twin
The user of the program is one of its own, which an init script makes.
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: postgresql://shop_app:HfGmPc5uEaXq7Zr0vJx3T@postgres:5432/shop
  postgres:
    image: postgres:16
    environment:
      POSTGRES_USER: admin
      POSTGRES_PASSWORD: q7Zr0vJx3TnLw9Kd2sYb8
      POSTGRES_DB: shop
    volumes: ["./roles.sql:/docker-entrypoint-initdb.d/roles.sql:ro"]
```
```sql roles.sql
create role shop_app login;
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.secrets._logins import Account, Login, Server, logins, peer, readable, server
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import INIT_SCRIPTS, SOURCES
from flawless.model.stack import Service

_ALWAYS = frozenset({"postgres", "template1", "mysql", "information_schema"})
_MAKES_IT = re.compile(
    r"prisma|db:(?:create|prepare|setup)|ecto\.create|database:create|createdb|create database", re.IGNORECASE
)
_LISTS = re.compile(r"DATABASE|(?:^|_)DBS?(?:_|$)")
_OTHER_DATABASE = re.compile(r"(?:^|_)(?:TEST|SHADOW|REPLICA)(?:_|$)")


def judge(view: View) -> Iterator[Finding]:
    """User, password and database of each login are those that the database is made with."""
    compared = 0
    for login in logins(view.service):
        other = peer(view.stack, view.service, login.host)
        made = server(other) if other else None
        if other and made:
            compared += 1
            faults = list(_faults(view, login, other, made))
            yield from faults
            if not faults:
                yield view.ok(f"{login.name} agrees with what {other.name} is made with", at=login.origin)
    if not compared:
        yield view.skip("no login is told for a database of this stack")


def _faults(view: View, login: Login, other: Service, made: Server) -> Iterator[Finding]:
    account = next((each for each in made.accounts if each.user == login.user), None)
    if account is None and _unknown_user(view, login, made):
        users = " and ".join(each.user for each in made.accounts)
        message = f"{login.name} logs in as {login.user}; {other.name} makes {users}, and no script another user"
        yield view.fail(message, at=login.origin)
    if account and _other_password(login, account):
        message = f"the password for {login.name} is not that of {account.variable} in {other.name}"
        yield view.fail(message, at=login.origin)
    if _unknown_database(view, login, other, made):
        message = (
            f"{login.name} names the database {login.database}; {other.name} makes {made.database} ({made.variable})"
        )
        yield view.fail(message, at=login.origin)


def _unknown_user(view: View, login: Login, made: Server) -> bool:
    told = readable(login.user) and bool(made.accounts) and all(readable(each.user) for each in made.accounts)
    return told and not _scripted(view, login.user)


def _other_password(login: Login, account: Account) -> bool:
    ours, theirs = login.password, account.password
    return bool(ours and theirs and ours.fingerprint != theirs.fingerprint)


def _unknown_database(view: View, login: Login, other: Service, made: Server) -> bool:
    if not (readable(login.database) and readable(made.database)) or login.database in {made.database, *_ALWAYS}:
        return False
    lists = (each.value for each in other.env if _LISTS.search(each.name))
    named = any(re.search(rf"\b{re.escape(login.database)}\b", text) for text in lists)
    elsewhere = _OTHER_DATABASE.search(login.name) or _MAKES_IT.search(" ".join(_commands(view)))
    return not (named or elsewhere or _scripted(view, login.database))


def _commands(view: View) -> Iterator[str]:
    for service in view.stack.services:
        yield from (*(service.entrypoint or ()), *(service.command or ()))
    yield from (source.command for source in view.get(SOURCES))


def _scripted(view: View, name: str) -> bool:
    scripts = view.get(INIT_SCRIPTS)
    return scripts.opaque or name in scripts.names


CHECK = Check(
    id="database-credentials-disagree",
    title="a login disagrees with the database",
    severity=Severity.BLOCK,
    items=("P3.1",),
    rules=(Rule(Level.FILES, judge, needs=(INIT_SCRIPTS, SOURCES)),),
    remedy="give both the same user, password and database; a volume that exists keeps what it was first made with",
    doc=__doc__ or "",
    reference="https://github.com/docker-library/docs/blob/master/postgres/README.md",
)
