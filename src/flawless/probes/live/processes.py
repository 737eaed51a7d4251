"""The processes inside the running containers, with their real user ids."""

from __future__ import annotations

import asyncio

from flawless.model.facts import Evidence, Fact
from flawless.model.keys import PROCESSES
from flawless.model.observed import Process
from flawless.model.stack import Service
from flawless.ports.bundle import Probe, Target
from flawless.ports.engine import Json
from flawless.probes.live._services import UnseenError, each_service, name_of, running

_COMMAND = 200


async def gather(target: Target) -> list[Fact]:
    """The processes of each service's running containers, as the host sees them."""

    async def look(service: Service, containers: list[Json]) -> tuple[tuple[Process, ...], tuple[Evidence, ...]]:
        found = await asyncio.gather(*(_processes(target, container) for container in running(containers)))
        return tuple(process for processes in found for process in processes), ()

    return await each_service(target, PROCESSES, look)


async def _processes(target: Target, container: Json) -> list[Process]:
    rows = await target.ports.engine.top(container["Id"])
    return [_process(target, name_of(container), row) for row in rows]


def _process(target: Target, container: str, row: dict[str, str]) -> Process:
    if not (row.get("pid", "").isdigit() and row.get("uid", "").isdigit()):
        raise UnseenError(f"the engine does not tell the user ids of {container}'s processes")
    command = target.ports.masker.mask(row.get("args", ""))[:_COMMAND]
    return Process(container, int(row["pid"]), int(row["uid"]), command)


PROBE = Probe(keys=(PROCESSES,), gather=gather)
