"""Containers outside this stack that hold a name the stack needs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import FOREIGN
from flawless.model.observed import ForeignContainer
from flawless.model.stack import Service, Stack
from flawless.ports.bundle import Probe, Target
from flawless.ports.engine import NUMBER_LABEL, PROJECT_LABEL, Json
from flawless.probes.live._services import containers_of


async def gather(target: Target) -> list[Fact]:
    """Every container that would make ``compose up`` fail with a name conflict, now or at the next new container."""
    own = await containers_of(target)
    services = target.stack.services
    wanted = [(name, each) for each in services for name in _names(target.stack, each, own[each.name])]
    found = await asyncio.gather(*(_holder(target, name, service) for name, service in wanted))
    foreign = tuple(holder for holder in found if holder is not None)
    what = f"GET /containers/{{{','.join(name for name, _ in wanted)}}}/json"
    said = "\n".join(f"{holder.name} belongs to {holder.owner}" for holder in foreign) or "no foreign holder"
    now = target.ports.clock.now()
    return [known(FOREIGN, STACK, foreign, (target.ports.masker.evidence(what, len(foreign), said, now, 0.0),), now)]


def _names(stack: Stack, service: Service, own: Iterable[Json]) -> list[str]:
    """Compose numbers a new container after the highest number that the service has."""
    if service.container_name:
        return [service.container_name]
    last = max((int(container["Config"]["Labels"].get(NUMBER_LABEL) or 0) for container in own), default=0)
    return [f"{stack.name}-{service.name}-{number}" for number in range(last + 1, last + service.replicas + 1)]


async def _holder(target: Target, name: str, service: Service) -> ForeignContainer | None:
    container = await target.ports.engine.container(name)
    if container is None or container["Name"].lstrip("/") != name:
        return None  # the engine also takes the beginning of an id for a name
    owner = (container["Config"].get("Labels") or {}).get(PROJECT_LABEL, "")
    if owner == target.stack.name:
        return None
    return ForeignContainer(name, service.name, f"project {owner}" if owner else "no Compose project")


PROBE = Probe(keys=(FOREIGN,), gather=gather)
