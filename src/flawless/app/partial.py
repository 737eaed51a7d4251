"""``--only``: a release in which the named services are new and all others are as in the last good one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import structs

from flawless.app.session import Session
from flawless.app.sites import stack_of
from flawless.app.store import Store
from flawless.config import nearest
from flawless.deploy.site import mounted_folder, under
from flawless.errors import UsageError
from flawless.model.release import ConfigFile, Release, ReleaseService
from flawless.model.stack import Service, Stack

Json = dict[str, Any]
T = TypeVar("T", Service, ReleaseService)
_SHARED = ("networks", "volumes", "secrets", "configs")


def refuse_unknown(stack: Stack, only: Iterable[str], parent: Release | None) -> None:
    """Raise UsageError for a service that the stack does not have, and where there is nothing to take the rest from."""
    names = [service.name for service in stack.services]
    for name in only:
        if name not in names:
            guess = nearest(name, names)
            remedy = f"did you mean {guess}?" if guess else f"services are: {', '.join(names)}"
            raise UsageError(f"the stack has no service {name}", remedy=remedy)
    if only and parent is None:
        what = "--only needs a good release to take the other services from, and there is none that can be opened"
        raise UsageError(what, remedy="deploy the whole stack first")


def mixed(new: Release, old: Release, only: Iterable[str], live: Path) -> Release:
    """The new release with every service that is not named taken from the old one; it is as whole as any other.

    What both define besides services (networks, volumes, ...) stays as the old one has it: others use it.
    """
    names = frozenset(only)
    config = _mixed_model(msgspec.json.decode(new.config), msgspec.json.decode(old.config), names)
    _refuse_missing(config, names)
    services = tuple(
        service if service.name in names else _from(old, service)
        for service in _picked(new.services, old.services, names)
    )
    return structs.replace(
        new,
        services=services,
        config=msgspec.json.encode(config).decode(),
        model=merged(stack_of(new), stack_of(old), names),
        files=_files(new, old, names, live),
    )


def merged(new: Stack, old: Stack, only: Iterable[str]) -> Stack:
    """The stack with the named services as they are now and all others as they were."""
    networks = {network.name: network for network in (*new.networks, *old.networks)}
    volumes = {volume.name: volume for volume in (*new.volumes, *old.volumes)}
    services = tuple(_picked(new.services, old.services, frozenset(only)))
    return structs.replace(new, services=services, networks=tuple(networks.values()), volumes=tuple(volumes.values()))


def _picked(new: Iterable[T], old: Iterable[T], only: frozenset[str]) -> list[T]:
    named = {each.name: each for each in new if each.name in only}
    kept = {each.name: each for each in old if each.name not in only}
    order = dict.fromkeys(each.name for each in (*new, *old))
    return [(named | kept)[name] for name in order if name in named or name in kept]


def _from(old: Release, service: ReleaseService) -> ReleaseService:
    return structs.replace(service, revision=service.revision or old.revision)


def _mixed_model(new: Json, old: Json, only: frozenset[str]) -> Json:
    services = {name: service for name, service in old["services"].items() if name not in only}
    services |= {name: service for name, service in new["services"].items() if name in only}
    shared = {
        part: {**(new.get(part) or {}), **(old.get(part) or {})} for part in _SHARED if part in new or part in old
    }
    return {**new, **shared, "services": services}


def _refuse_missing(model: Json, only: Iterable[str]) -> None:
    for name in only:
        for needed in model["services"][name].get("depends_on") or ():
            if needed not in model["services"]:
                what = f"{name} depends on {needed}, which the last good release does not have"
                raise UsageError(what, remedy=f"add --only {needed}")


def _files(new: Release, old: Release, only: frozenset[str], live: Path) -> tuple[ConfigFile, ...]:
    """The files that named services mount from the new release, all others from the old one."""
    stack = stack_of(new)
    mounts = [
        str(path.relative_to(live))
        for service in stack.services
        if service.name in only
        for path in mounted_folder(service, live)
    ]
    kept = [file for file in old.files if not under(file.path, mounts)]
    return (*(file for file in new.files if under(file.path, mounts)), *kept)


def left_behind(new: Release, old: Release, only: Iterable[str]) -> tuple[str, ...]:
    """Services that this commit changes too and that stay as they were, one sentence each."""
    notes = []
    for service in new.services:
        before = old.service(service.name)
        if service.name in only:
            continue
        if before is None:
            notes.append(f"{service.name} is new in this commit and is not started: --only leaves it out")
        elif (before.image_id, before.plain_hash) != (service.image_id, service.plain_hash):
            notes.append(f"{service.name} changed in this commit too and stays as it was: --only leaves it out")
    return tuple(notes)


async def narrowed(session: Session, store: Store, new: Release, old: Release, only: tuple[str, ...]) -> Release:
    """The mixed release; names of images that it does not use and no kept release needs are taken away."""
    made = mixed(new, old, only, session.folder / "live")
    needed = {tag for kept in await store.kept() for _, tag, _ in kept.images}
    needed |= {service.image_tag for service in made.services}
    for service in new.services:
        if service.image_tag not in needed:
            await session.ports.engine.remove_image(service.image_tag)
    return made
