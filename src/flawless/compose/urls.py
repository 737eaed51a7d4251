"""URLs in environment values, taken apart tolerantly: what is malformed is named, not refused.

The rules are those of RFC 3986 for the part before the path; passwords with raw delimiters are found as well,
because that is how they fail in practice.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from msgspec import Struct

from flawless.model.stack import MASK

_SCHEME = re.compile(r"^((?:jdbc:)?[A-Za-z][A-Za-z0-9+.\-]*)://")
_URL_NAME = re.compile(r"(?:^|_)(?:URL|URI|DSN)$", re.IGNORECASE)
_STORES = re.compile(r"postgres|mysql|mariadb|mongo|redis|valkey|amqp|sqlserver|mssql|clickhouse|cassandra")
_HOSTLESS = re.compile(r"^(?:file|sqlite.*|unix|.*\+(?:socket|unix)|data|memory|duckdb)$")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MOST_PORT = 65_535


class Parts(Struct, frozen=True):
    """A URL in pieces; ``password`` is as written, None when there is none; ``problem`` never quotes it."""

    scheme: str = ""
    user: str = ""
    password: str | None = None
    host: str = ""
    port: int | None = None
    path: str = ""
    problem: str = ""


def is_url(name: str, value: str) -> bool:
    """Whether a variable is to be read as a URL: it has a scheme, or its name says so and it is no path."""
    if _SCHEME.match(value):
        return True
    return bool(_URL_NAME.search(name)) and not value.startswith(("/", "./", "../")) and "=" not in value


def split(value: str) -> Parts:
    """The pieces of a URL; text without a scheme has a problem and no host."""
    scheme = _SCHEME.match(value)
    if not scheme:
        return _without_scheme(value)
    name = scheme[1].lower()
    userinfo, address, path, raw = _authority(name, value[scheme.end() :])
    user, colon, password = userinfo.partition(":")
    host, port, fault = _address(address)
    empty = "" if host or _HOSTLESS.match(name) else "it has no host"
    return Parts(
        scheme=name,
        user=unquote(user),
        password=password if colon else None,
        host=host,
        port=port,
        path=re.split(r"[?#]", path, maxsplit=1)[0],
        problem=raw or _userinfo_problem(user, password) or fault or empty,
    )


def masked(value: str) -> str:
    """The URL with its password replaced."""
    password = split(value).password
    if not password:
        return value
    start = value.index(":", _start_of_userinfo(value)) + 1
    return value[:start] + MASK + value[start + len(password) :]


def _start_of_userinfo(value: str) -> int:
    scheme = _SCHEME.match(value)
    return scheme.end() if scheme else 0


def _without_scheme(value: str) -> Parts:
    if not value.strip():
        return Parts(problem="it is empty")
    userinfo, at, _ = value.rpartition("@")
    user, colon, password = userinfo.partition(":")
    return Parts(user=user, password=password if at and colon else None, problem="it has no scheme (such as https://)")


def _authority(scheme: str, rest: str) -> tuple[str, str, str, str]:
    """User part, address, path, and the problem when delimiters stand raw in the user part."""
    end = next((place for place, char in enumerate(rest) if char in "/?#"), len(rest))
    userinfo, at, address = rest[:end].rpartition("@")
    if "@" in rest[end:] and _cut_short(scheme, address, bool(at)):
        userinfo, _, tail = rest.rpartition("@")
        delimiter = next(char for char in userinfo if char in "/?#")
        _, address, path, _ = _authority(scheme, tail)
        return userinfo, address, path, _raw(delimiter)
    return userinfo, address, rest[end:], ""


def _cut_short(scheme: str, address: str, user: bool) -> bool:
    """Whether what stands before the first delimiter ends inside the user part, and not with a host."""
    _, colon, port = address.partition(":")
    store = bool(_STORES.search(scheme))  # its path is a database's name and holds no @
    return (store and (user or bool(colon))) or (bool(colon) and not user and not port.isdigit())


def _raw(char: str) -> str:
    name = "a space" if char.isspace() else f"a raw {char}"
    return f"{name} in the user or password; write it as %{ord(char):02X}"


def _userinfo_problem(user: str, password: str) -> str:
    if odd := next((char for char in user + password if char in "@/#?[]" or char.isspace()), ""):
        return _raw(odd)
    if ":" in password:
        return _raw(":")
    if _BAD_PERCENT.search(user + password):
        return "a raw % in the user or password; write it as %25"
    return ""


def _address(address: str) -> tuple[str, int | None, str]:
    """Host (the first of several), port, and the problem with either."""
    first = address.split(",", maxsplit=1)[0]
    if first.startswith("["):
        host, bracket, rest = first[1:].partition("]")
        if not bracket:
            return host, None, "its IPv6 address lacks the closing bracket"
    else:
        host, colon, rest = first.partition(":")
        rest = colon + rest
    fault = "its host has a space" if any(char.isspace() for char in host) else ""
    if not rest or rest == ":":
        return host, None, fault
    port = rest[1:]
    if rest[0] != ":" or not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) <= _MOST_PORT):
        return host, None, fault or "its port is no number between 1 and 65535"
    return host, int(port), fault
