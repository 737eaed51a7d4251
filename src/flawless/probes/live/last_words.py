"""The last lines of each container, in full: what a program said before it ended."""

from __future__ import annotations

import asyncio

from flawless.model.facts import Evidence, Fact
from flawless.model.keys import LAST_WORDS
from flawless.model.observed import LastWords
from flawless.model.stack import Service
from flawless.ports.bundle import Probe, Target
from flawless.ports.engine import Json
from flawless.probes.live._services import each_service, name_of

MOST_LINES = 60
RECENT = 600.0
_LINE = 500


async def gather(target: Target) -> list[Fact]:
    """The last 60 lines of each container; of one that runs, those of the last ten minutes."""

    async def look(_: Service, containers: list[Json]) -> tuple[tuple[LastWords, ...], tuple[Evidence, ...]]:
        return tuple(await asyncio.gather(*(_words(target, container) for container in containers))), ()

    return await each_service(target, LAST_WORDS, look)


async def _words(target: Target, container: Json) -> LastWords:
    since = target.ports.clock.now() - RECENT if container["State"]["Running"] else 0.0
    lines = await target.ports.engine.logs(container["Id"], since=since, tail=MOST_LINES)
    said = (target.ports.masker.mask(line.text)[:_LINE].rstrip() for line in lines)
    return LastWords(name_of(container), tuple(text for text in said if text))


PROBE = Probe(keys=(LAST_WORDS,), gather=gather, timeout=20.0)
