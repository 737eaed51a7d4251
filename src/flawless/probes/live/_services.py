"""The containers of each service, and one fact for each service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from flawless.errors import FlawlessError
from flawless.model.facts import Evidence, Fact, FactKey, known, service_subject, unknown
from flawless.model.stack import Role, Service
from flawless.ports.bundle import Target
from flawless.ports.engine import NUMBER_LABEL, ONEOFF_LABEL, PROJECT_LABEL, SERVICE_LABEL, Json
from flawless.ports.relay import Relay

_CONTAINERS = "containers"

T = TypeVar("T")
Look = Callable[[Service, list[Json]], Awaitable[tuple[T, tuple[Evidence, ...]]]]


class UnseenError(FlawlessError):
    """Something could not be observed: why, and what the reader can do. It becomes an unknown fact."""


async def containers_of(target: Target) -> dict[str, list[Json]]:
    """Inspected containers by service, in order of their numbers.

    One-off runs (``compose run``) are left out; of a job only the last container counts, one-off or not. The probes
    of one look share the answer: a dozen of them need it.
    """
    if _CONTAINERS not in target.shared:
        target.shared[_CONTAINERS] = asyncio.create_task(_containers_of(target))
    found: dict[str, list[Json]] = await asyncio.shield(target.shared[_CONTAINERS])
    return found


async def _containers_of(target: Target) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {service.name: [] for service in target.stack.services}
    for container in await target.ports.engine.containers([f"{PROJECT_LABEL}={target.stack.name}"]):
        found.setdefault(_label(container, SERVICE_LABEL), []).append(container)
    return {service.name: _relevant(service, found[service.name]) for service in target.stack.services}


def _relevant(service: Service, containers: list[Json]) -> list[Json]:
    if service.role is Role.JOB:
        return sorted(containers, key=lambda container: str(container["Created"]))[-1:]
    permanent = [container for container in containers if _label(container, ONEOFF_LABEL).lower() != "true"]
    return sorted(permanent, key=lambda container: int(_label(container, NUMBER_LABEL) or 0))


def running(containers: list[Json]) -> list[Json]:
    """Those that run now."""
    return [container for container in containers if container["State"]["Running"]]


def name_of(container: Json) -> str:
    """A container's name."""
    return str(container["Name"]).lstrip("/")


def _label(container: Json, name: str) -> str:
    return str((container["Config"].get("Labels") or {}).get(name, ""))


async def each_service(target: Target, key: FactKey[T], look: Look[T]) -> list[Fact]:
    """A fact for every service: what ``look`` answers, or unknown with what it raised."""
    by_service = await containers_of(target)
    return list(
        await asyncio.gather(
            *(_fact(target, key, service, look, by_service[service.name]) for service in target.stack.services)
        )
    )


async def _fact(target: Target, key: FactKey[T], service: Service, look: Look[T], containers: list[Json]) -> Fact:
    subject = service_subject(service.name)
    try:
        value, evidence = await look(service, containers)
    except FlawlessError as error:
        return unknown(key, subject, target.ports.masker.mask(str(error.what)), remedy=error.remedy)
    return known(key, subject, value, evidence, target.ports.clock.now())


def relay_of(target: Target) -> Relay:
    """The relay that the ports carry, or a new one."""
    return target.ports.relay or Relay(target.ports.engine)
