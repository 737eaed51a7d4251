"""Which variables are database and cache addresses, and which purpose a secret serves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.model.stack import EnvVar, SecretTraits, Service

_DATABASE_SCHEME = re.compile(
    r"^(jdbc:)?(postgres(ql)?|mysql2?|mariadb|mongodb|cockroachdb|sqlserver|mssql)(\+[\w-]+)?$"
)
_FILE_SCHEME = re.compile(r"^(file|sqlite3?|duckdb)(\+[\w-]+)?$")
_CACHE_SCHEME = re.compile(r"^(redis|rediss|valkey|valkeys|unix|redis-socket|redis\+\w+)$")
_DATABASE_NAME = re.compile(r"(^|_)(DATABASE|DB|POSTGRES|POSTGRESQL|PG|MYSQL|MARIADB|MONGO|MONGODB)_(URL|URI)$")
_CACHE_NAME = re.compile(r"(^|_)(REDIS|VALKEY|CACHE)_(URL|URI)$")

_PURPOSES = (
    ("the database login", r"POSTGRES|(^|_)PG|DATABASE|(^|_)DB(_|$)|MYSQL|MARIADB|MONGO|SQL"),
    ("the cache login", r"REDIS|VALKEY|(^|_)CACHE(_|$)"),
    ("the mail login", r"SMTP|MAIL"),
    ("the object store", r"MINIO|AWS|(^|_)S3(_|$)"),
    ("the message broker", r"RABBIT|AMQP|BROKER|KAFKA|NATS"),
    ("signing tokens", r"JWT|AUTH_SECRET|TOKEN_SECRET"),
)


def database_urls(service: Service) -> Iterator[EnvVar]:
    """The variables that hold the address of a database."""
    for each in service.env:
        scheme = each.url.scheme if each.url else ""
        if _DATABASE_SCHEME.match(scheme) or _DATABASE_NAME.search(each.name):
            yield each


def cache_urls(service: Service) -> Iterator[EnvVar]:
    """The variables that hold the address of a Redis or its like."""
    for each in service.env:
        scheme = each.url.scheme if each.url else ""
        named = _CACHE_NAME.search(each.name) and not _DATABASE_SCHEME.match(scheme)
        if _CACHE_SCHEME.match(scheme) or named:
            yield each


def is_database_scheme(scheme: str) -> bool:
    """Whether a URL's scheme names a database that is reached over a network."""
    return bool(_DATABASE_SCHEME.match(scheme))


def is_file_scheme(scheme: str) -> bool:
    """Whether a URL's scheme names a database that is a file."""
    return bool(_FILE_SCHEME.match(scheme))


def is_cache_scheme(scheme: str) -> bool:
    """Whether a URL's scheme names a Redis or its like."""
    return bool(_CACHE_SCHEME.match(scheme))


def secret_of(variable: EnvVar) -> SecretTraits | None:
    """The traits of the secret that a variable hands over: its value, the password of its URL, or the file it names.

    None without one.
    """
    if variable.url and variable.url.password and variable.url.password.length:
        return variable.url.password
    return variable.secret if variable.secret and variable.secret.length else None


def in_plain_sight(variable: EnvVar) -> bool:
    """Whether the variable itself holds a secret, and does not only name the file of one."""
    return secret_of(variable) is not None and not variable.name.endswith("_FILE")


def purpose(variable: EnvVar) -> str:
    """What a secret is for, so far as its URL or its name tells; names that tell nothing are their own purpose."""
    scheme = variable.url.scheme if variable.url else ""
    if _DATABASE_SCHEME.match(scheme):
        return "the database login"
    if _CACHE_SCHEME.match(scheme):
        return "the cache login"
    return next((what for what, names in _PURPOSES if re.search(names, variable.name.upper())), variable.name)
