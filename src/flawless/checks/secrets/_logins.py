"""With what a service logs in to a database of the stack, and what that database is made with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from flawless.checks.images._shared import image_name
from flawless.checks.secrets._shared import database_urls, secret_of
from flawless.model.stack import MASK, EnvVar, Origin, SecretTraits, Service, Stack

_HOST = re.compile(
    r"\A(?P<prefix>PG|(?:\w+_)?(?:DB|DATABASE|POSTGRES|POSTGRESQL|MYSQL|MARIADB|PG)_)(?:HOST|HOSTNAME|SERVER|ADDR)\Z"
)
_USER = ("USER", "USERNAME", "LOGIN")
_PASSWORD = ("PASSWORD", "PASSWORD_FILE", "PASS", "PASSWD")
_DATABASE = ("DATABASE", "NAME", "DB", "DBNAME", "DATABASE_NAME", "DB_NAME")
_POSTGRES = frozenset({"postgres", "postgis", "timescaledb", "timescaledb-ha", "pgvector"})


class Login(Struct, frozen=True):
    """A login as a service will try it; empty fields are not told."""

    name: str
    origin: Origin
    host: str
    user: str
    password: SecretTraits | None
    database: str


class Account(Struct, frozen=True):
    """A user that the database's image makes in an empty volume; the variable is that of the password."""

    user: str
    variable: str
    password: SecretTraits | None


class Server(Struct, frozen=True):
    """What a database's image makes: users, and the database, "" when that is not told."""

    accounts: tuple[Account, ...]
    database: str
    variable: str


def logins(service: Service) -> Iterator[Login]:
    """The logins in a service's URLs and in its sets of variables with a host, a user and so on."""
    for each in database_urls(service):
        if each.url and each.url.host and not each.url.problem:
            stem = re.sub(r"(?:_?UR[LI]|_?DSN)\Z", "", each.name)
            password = each.url.password or _secret(service, f"{stem}_", _PASSWORD) or _secret(service, "PG", _PASSWORD)
            database = each.url.path.strip("/")
            yield Login(each.name, each.origin, each.url.host, each.url.user, password, database)
    for each in service.env:
        if found := _HOST.match(each.name):
            prefix = found["prefix"]
            user, database = _text(service, prefix, _USER), _text(service, prefix, _DATABASE)
            password = _secret(service, prefix, _PASSWORD)
            yield Login(each.name, each.origin, each.value.partition(":")[0], user, password, database)


def server(service: Service) -> Server | None:
    """What the image of a database makes in an empty volume, told from its variables; None for others."""
    if any(each.name.startswith(("MYSQL_", "MARIADB_")) for each in service.env):
        return _mysql(service)
    names = {each.name for each in service.env}
    if not any(name.startswith(("POSTGRES_", "POSTGRESQL_")) for name in names):
        return None
    plain = image_name(service.image) in _POSTGRES and service.build is None
    user = _first(service, ("POSTGRES_USER", "POSTGRESQL_USERNAME", "POSTGRESQL_USER"))
    told = user.value if user else "" if "POSTGRES_USER_FILE" in names or not plain else "postgres"
    secret = _first(
        service, ("POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRESQL_PASSWORD", "POSTGRESQL_PASSWORD_FILE")
    )
    account = Account(told, secret.name if secret else "", secret_of(secret) if secret else None)
    database = _first(service, ("POSTGRES_DB", "POSTGRESQL_DATABASE"))
    made = database.value if database else "" if "POSTGRES_DB_FILE" in names else told
    return Server((account,) if told else (), made, database.name if database else "POSTGRES_DB")


def _mysql(service: Service) -> Server:
    accounts = []
    for prefix in ("MYSQL_", "MARIADB_"):
        user, root = (
            service.variable(f"{prefix}USER"),
            _first(service, (f"{prefix}ROOT_PASSWORD", f"{prefix}ROOT_PASSWORD_FILE")),
        )
        secret = _first(service, (f"{prefix}PASSWORD", f"{prefix}PASSWORD_FILE"))
        if user:
            accounts.append(Account(user.value, secret.name if secret else "", secret_of(secret) if secret else None))
        if root:
            accounts.append(Account("root", root.name, secret_of(root)))
    database = _first(service, ("MYSQL_DATABASE", "MARIADB_DATABASE"))
    return Server(tuple(accounts), database.value if database else "", database.name if database else "")


def peer(stack: Stack, service: Service, host: str) -> Service | None:
    """The other service of the stack that a host names."""
    found = stack.named(host, service)
    return found if found and found.name != service.name else None


def readable(text: str) -> bool:
    """Whether a user or database is told: not masked, and not put together elsewhere."""
    return bool(text) and MASK not in text and "$" not in text


def _first(service: Service, names: tuple[str, ...]) -> EnvVar | None:
    return next((found for name in names if (found := service.variable(name)) and found.value), None)


def _text(service: Service, prefix: str, ends: tuple[str, ...]) -> str:
    found = _first(service, tuple(f"{prefix}{end}" for end in ends))
    return found.value if found else ""


def _secret(service: Service, prefix: str, ends: tuple[str, ...]) -> SecretTraits | None:
    found = _first(service, tuple(f"{prefix}{end}" for end in ends))
    return secret_of(found) if found else None
