"""What the running containers use of memory, CPU and process slots."""

from __future__ import annotations

import asyncio

from flawless.model.facts import Evidence, Fact
from flawless.model.keys import USAGE
from flawless.model.observed import Usage
from flawless.model.stack import Service
from flawless.ports.bundle import Probe, Target
from flawless.ports.engine import Json
from flawless.ports.inspect import container_state
from flawless.probes.live._cgroups import place_of
from flawless.probes.live._figures import cores_used
from flawless.probes.live._services import each_service, running
from flawless.probes.live._ticks import raw_reading, tick

BETWEEN = 0.4


async def gather(target: Target) -> list[Fact]:
    """The use of each service's running containers, CPU as the mean over BETWEEN seconds."""
    clock = target.ports.clock

    async def look(service: Service, containers: list[Json]) -> tuple[tuple[Usage, ...], tuple[Evidence, ...]]:
        live = running(containers)
        before = await _readings(target, live)
        if live:
            await clock.sleep(BETWEEN)
        after = await _readings(target, live)
        return tuple(_usage(target, *of) for of in zip(live, before, after, strict=True)), ()

    return await each_service(target, USAGE, look)


async def _readings(target: Target, containers: list[Json]) -> list[Json]:
    read = target.ports.files.read_text
    places = (place_of(container, read) for container in containers)
    return await asyncio.gather(*(raw_reading(target.ports, *of) for of in zip(containers, places, strict=True)))


def _usage(target: Target, container: Json, before: Json, after: Json) -> Usage:
    state = container_state(container, target.ports.masker)
    first, last = tick(None, before, 0.0), tick(before, after, BETWEEN)
    return Usage(
        container=state.name,
        memory=last.memory,
        memory_limit=state.memory,
        cpu=cores_used({**after, "precpu_stats": before.get("cpu_stats")}),
        cpu_limit=state.cpus,
        pids=last.pids,
        pids_limit=max(state.pids, 0),
        waits=_share(last.throttled - first.throttled, last.periods - first.periods),
        waited=_share(last.throttled, last.periods),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole > 0 else 0.0


PROBE = Probe(keys=(USAGE,), gather=gather)
