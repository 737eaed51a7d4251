"""What of a stack is copied, and who writes to it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from flawless.config import nearest
from flawless.deploy.rehearsal_model import database_of, is_postgres, needs
from flawless.errors import UsageError
from flawless.model.backup import PartKind
from flawless.model.stack import DATA_ROLES, Role, Service, Stack

_REDIS = re.compile(r"redis|valkey|keydb", re.IGNORECASE)


_NO_WRITERS = DATA_ROLES | {Role.JOB, Role.PROXY}


class Data(Struct, frozen=True, order=True):
    """One thing to copy: a service, or the key of a volume."""

    kind: PartKind
    subject: str


def is_redis(stack: Stack, service: Service) -> bool:
    """By its image, its command, or a URL that leads to it."""
    if _REDIS.search(service.image) or any(_REDIS.search(word) for word in (service.command or ())[:1]):
        return True
    return any(
        variable.url and _REDIS.match(variable.url.scheme) and stack.named(variable.url.host, each) == service
        for each in stack.services
        for variable in each.env
    )


def chosen(stack: Stack, names: Iterable[str]) -> tuple[Data, ...]:
    """What to copy for the names of services and volumes, everything for none. UsageError for a name that is neither.

    A server that hands out a copy of one instant is asked for it; its volumes are copied only when they are named.
    """
    servers = {each.name: kind for each in stack.services if (kind := _server(stack, each))}
    found: list[Data] = []
    for name in names:
        found += _named(stack, servers, name)
    if not found:
        found = [Data(kind, name) for name, kind in servers.items()]
        found += [Data(PartKind.VOLUME, name) for name in _others(stack, servers)]
    return tuple(dict.fromkeys(found))


def _server(stack: Stack, service: Service) -> PartKind | None:
    if service.role is Role.DATABASE and is_postgres(stack, service):
        return PartKind.POSTGRES
    return PartKind.REDIS if service.role is Role.CACHE and is_redis(stack, service) else None


def _named(stack: Stack, servers: dict[str, PartKind], name: str) -> list[Data]:
    if name in servers:
        return [Data(servers[name], name)]
    keys = [volume.name for volume in stack.volumes]
    if name in keys:
        return [Data(PartKind.VOLUME, name)]
    service = stack.service(name)
    if service is None:
        known = (*(each.name for each in stack.services), *keys)
        guess = nearest(name, known)
        remedy = f"did you mean {guess}?" if guess else f"there are: {', '.join(known)}"
        raise UsageError(f"the stack has no service and no volume {name}", remedy=remedy)
    held = [key for key in volumes_of(service) if key in keys]
    if not held:
        raise UsageError(f"{name} keeps nothing in a named volume", remedy="name a service or a volume that does")
    return [Data(PartKind.VOLUME, key) for key in held]


def volumes_of(service: Service) -> tuple[str, ...]:
    """Keys of the named volumes that a service mounts."""
    return tuple(mount.source for mount in service.mounts if mount.kind == "volume" and mount.source)


def _others(stack: Stack, servers: dict[str, PartKind]) -> list[str]:
    """Volumes of this stack alone that hold more than what a server hands out."""
    theirs = {key for each in stack.services if each.name in servers for key in volumes_of(each)}
    return [volume.name for volume in stack.volumes if not volume.external and volume.name not in theirs]


def writers(stack: Stack, data: Data) -> tuple[Service, ...]:
    """The services that may write to it, rather too many than one too few; a server that holds it is none of them.

    Jobs do not run by themselves.
    """
    held = stack.service(data.subject)
    if data.kind is PartKind.VOLUME or held is None:
        return tuple(each for each in stack.services if _writes(each, data.subject))
    using = [each for each in stack.services if each.role not in _NO_WRITERS]
    if data.kind is PartKind.POSTGRES:
        return tuple(each for each in using if database_of(stack, each) == held)
    return tuple(each for each in using if needs(stack, each, held))


def _writes(service: Service, volume: str) -> bool:
    found = (mount for mount in service.mounts if mount.kind == "volume" and mount.source == volume)
    return any(not mount.read_only for mount in found)
