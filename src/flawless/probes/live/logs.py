"""Error-class lines in the logs of each service."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from msgspec import structs

from flawless.model.facts import Evidence, Fact
from flawless.model.keys import LOGS
from flawless.model.observed import LoggedSecret, LogScan
from flawless.model.stack import Service
from flawless.ports.bundle import Probe, Target
from flawless.ports.engine import Json, LogLine
from flawless.ports.mask import Masker
from flawless.ports.streams import engine_time
from flawless.probes.live._errors import scan
from flawless.probes.live._services import UnseenError, each_service, name_of

MOST_LINES = 10_000


async def gather(target: Target) -> list[Fact]:
    """What the logs of each service hold since ``target.since``, or since the container's start."""

    async def look(service: Service, containers: list[Json]) -> tuple[LogScan, tuple[Evidence, ...]]:
        if not containers:
            raise UnseenError(f"{service.name} has no container, so it has no log", remedy="start the stack")
        read = await asyncio.gather(*(_lines(target, container) for container in containers))
        lines = [line for lines in read for line in lines]
        found = scan((line.text for line in lines), target.ports.masker.mask)
        found = structs.replace(found, secrets=given_away(lines, target.ports.masker))
        return found, tuple(_evidence(target, container, found) for container in containers)

    return await each_service(target, LOGS, look)


def given_away(lines: Iterable[LogLine], masker: Masker) -> tuple[LoggedSecret, ...]:
    """The secrets that raw lines hold: this is the last place that sees them before they are masked."""
    counts: Counter[str] = Counter()
    first: dict[str, LoggedSecret] = {}
    for line in lines:
        for name, beginning in masker.given_away(line.text).items():
            counts[name] += 1
            if name not in first or (first[name].beginning and not beginning):
                first[name] = LoggedSecret(name, line.at, 0, beginning)
    return tuple(structs.replace(first[name], count=count) for name, count in sorted(counts.items()))


async def _lines(target: Target, container: Json) -> list[LogLine]:
    # The engine notes the start after the process began; what that printed first belongs to this run.
    since = target.since or max(0.0, engine_time(container["State"]["StartedAt"]) - 1.0)
    return await target.ports.engine.logs(container["Id"], since=since, tail=MOST_LINES)


def _evidence(target: Target, container: Json, found: LogScan) -> Evidence:
    said = [f"{found.lines} lines, {sum(entry.count for entry in found.errors)} of error class"]
    said += [f"{entry.count} x {entry.example}" for entry in found.errors[:5]]
    what = f"GET /containers/{container['Id'][:12]}/logs ({name_of(container)})"
    return target.ports.masker.evidence(what, 200, "\n".join(said), target.ports.clock.now(), 0.0)


PROBE = Probe(keys=(LOGS,), gather=gather, timeout=20.0)
