"""Where a service keeps its data and how it logs in there, read from its own container.

Credentials are the container's real ones: its environment, and the files that ``*_FILE`` variables name. Every
password is given to the masker before anything else is done with it.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

from flawless.errors import FlawlessError
from flawless.model.stack import Service
from flawless.ports.bundle import Target
from flawless.ports.engine import Json
from flawless.probes.live._services import UnseenError

_FILE = "_FILE"
_URL_FILE = re.compile(r"(?:_URL|_URI|_DSN)_FILE$")
_TLS_MODES = frozenset({"require", "verify-ca", "verify-full"})


class Kind(Struct, frozen=True):
    """A kind of store: the schemes of its URLs, its standard port, and the variables that carry credentials."""

    schemes: re.Pattern[str]
    port: int
    passwords: tuple[str, ...]
    users: tuple[str, ...]


class Account(Struct, frozen=True):
    """A store and the credentials for it, reached from a network; ``hosts`` are the caller's extra host entries."""

    network: str
    host: str
    port: int
    user: str
    password: str
    database: str
    tls: bool
    hosts: tuple[str, ...]

    @property
    def target(self) -> str:
        """The store without credentials."""
        return f"{self.host}:{self.port}" + (f"/{self.database}" if self.database else "")


class _Home(Struct, frozen=True):
    """A service's container and its environment."""

    target: Target
    service: Service
    container: Json
    env: dict[str, str]


def declared(service: Service, kind: Kind) -> bool:
    """Whether the service's files name a store of this kind."""
    return any(var.url is not None and kind.schemes.match(var.url.scheme) for var in service.env)


async def accounts(target: Target, service: Service, container: Json, kind: Kind) -> dict[str, Account]:
    """The accounts that a container has in stores of this kind, by the variable that names the store."""
    raw = container["Config"].get("Env") or ()
    env = dict(entry.split("=", 1) for entry in raw if "=" in entry)
    home = _Home(target, service, container, env)
    found = {}
    for name, value in env.items():
        url = (await _read(home, value)).strip() if _URL_FILE.search(name) and value.startswith("/") else value
        if kind.schemes.match(url.partition("://")[0]) and "://" in url:
            found[name] = await _account(home, name.removesuffix(_FILE), url, kind)
    return found


async def _account(home: _Home, variable: str, url: str, kind: Kind) -> Account:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or kind.port
    except ValueError as error:
        raise UnseenError(f"{variable} of {home.service.name} is no URL: its port or host is malformed") from error
    password = unquote(parts.password or "")
    home.target.ports.masker.learn([password, parts.password or ""])
    if not password:
        password = await _first(home, _names(variable, "PASSWORD", kind.passwords))
    return Account(
        network=_network(home, host),
        host=host,
        port=port,
        user=unquote(parts.username or "") or await _first(home, _names(variable, "USER", kind.users)),
        password=password,
        database=unquote(parts.path.lstrip("/")),
        tls=parts.scheme == "rediss" or parse_qs(parts.query).get("sslmode", [""])[0] in _TLS_MODES,
        hosts=tuple(home.container["HostConfig"].get("ExtraHosts") or ()),
    )


def _names(variable: str, what: str, usual: tuple[str, ...]) -> tuple[str, ...]:
    stem = re.sub(r"_(?:URL|URI|DSN)$", "", variable)
    return (f"{variable}_{what}", f"{stem}_{what}", *usual)


async def _first(home: _Home, names: tuple[str, ...]) -> str:
    """The first of the variables that has a value, or whose file has; learned as a secret, empty when there is none."""
    for name in names:
        if value := home.env.get(name, ""):
            break
        if path := home.env.get(name + _FILE, ""):
            value = (await _read(home, path)).rstrip("\r\n")
            break
    else:
        return ""
    if "PASSWORD" in name:
        home.target.ports.masker.learn([value])
    return value


async def _read(home: _Home, path: str) -> str:
    """A file of the container; a secret that the engine cannot give is read where Compose mounted it from."""
    try:
        raw = await home.target.ports.engine.read_from_container(home.container["Id"], path)
        text = raw.decode(errors="replace")
    except FlawlessError as error:
        name = PurePosixPath(path).name
        file = next((secret.file for secret in home.target.stack.secrets if secret.name == name and secret.file), "")
        if not file:
            raise UnseenError(f"{path} of {home.service.name} cannot be read: {error.what}") from error
        text = home.target.ports.files.read_text(Path(file))
    home.target.ports.masker.learn([text.strip()])
    return text


def _network(home: _Home, host: str) -> str:
    """The full name of a network on which the service sees the host; its first one when none has that name."""
    stack, service = home.target.stack, home.service
    keys = [place.network for place in stack.attached(service)]
    if not keys:
        raise UnseenError(
            f"{service.name} is on no network of the stack, so nothing can be tried from where it is",
            remedy="give the service a network instead of network_mode",
        )
    peer = stack.named(host, service)
    shared = [key for key in keys if peer is not None and host in peer.names(key)]
    network = stack.network((shared or keys)[0])
    if network is None:
        raise UnseenError(f"{service.name} names a network that the stack does not define")
    return network.full_name
