"""The rehearsal from its first to its last act, as facts.

The copy is booted; what only looks, looks at it all at once; then its stores are taken away, and at last it is stopped.
Whoever wants something observed in a running copy writes a probe: see ``RUNNING``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any

from flawless.app.gather import gather, probes_in, subjects
from flawless.app.rehearsing.boot import boot
from flawless.app.rehearsing.config_test import config_test
from flawless.app.rehearsing.copy import Copy, throwaway
from flawless.app.rehearsing.health_answer import health_answers
from flawless.app.rehearsing.model import Ground
from flawless.app.rehearsing.readiness import readiness
from flawless.app.rehearsing.stopping import stopping
from flawless.app.session import Session
from flawless.errors import FlawlessError
from flawless.model.facts import STACK, Fact, FactKey, Facts, Known, known, unknown
from flawless.model.keys import CONFIG_TEST, HEALTH_ANSWER, LOGS, READINESS, ROUTES, STOPPING
from flawless.model.observed_copy import Came

# Probes in these folders are asked in the running copy, where a rule at level R needs what they tell. Their target is
# the copy: its containers, its networks, and as the edge's URL an address of this machine that leads to its proxy.
RUNNING = ("live", "app")
MOST_SECONDS = 900.0


async def rehearse(session: Session, images: Mapping[str, str], ground: Ground, keys: Iterable[FactKey[Any]]) -> Facts:
    """What a throwaway copy on these images (ids by service) showed, the keys that probes tell among ``keys``.

    Raise CommandError or EngineError when no copy can be made, TimeoutError after fifteen minutes; nothing is left.
    """
    async with asyncio.timeout(MOST_SECONDS), throwaway(session, images, ground) as copy:
        booted = await boot(copy)
        came = _came(booted)
        looked = await _looked(copy, keys)
        tested = await _told(copy, CONFIG_TEST, config_test(copy, came))
        answered = await _told(copy, HEALTH_ANSWER, health_answers(copy))
        ready = await _told(copy, READINESS, readiness(copy, came))
        ended = await _told(copy, STOPPING, stopping(copy))
        logs = await gather(copy.target, [LOGS])
    return Facts([*booted, *looked, *tested, *answered, *ready, *ended, *logs])


async def _told(copy: Copy, key: FactKey[Any], act: Awaitable[list[Fact]]) -> list[Fact]:
    """What an act shows; where the engine did not play its part, unknown for every service."""
    try:
        return await act
    except FlawlessError as error:
        reason = copy.ports.masker.mask(error.what)
        return [unknown(key, subject, reason, (), error.remedy) for subject in subjects(key, copy.target)]


async def _looked(copy: Copy, keys: Iterable[FactKey[Any]]) -> Facts:
    """The probes of the running copy, all at once."""
    probes = [probe for folder in RUNNING for probe in probes_in(folder)]
    told = {key.name for probe in probes for key in probe.keys}
    copy.session.progress("looking at the throwaway copy")
    found = await gather(copy.target, [key for key in keys if key.name in told and key != LOGS], probes)
    edge = copy.target.settings.edge
    if not (edge.url or edge.http_url):
        return found.merged([known(ROUTES, STACK, ())])
    return found


def _came(booted: Iterable[Fact]) -> dict[str, Came]:
    readings = ((fact.subject.removeprefix("service:"), fact.reading) for fact in booted)
    return {name: reading.value.came for name, reading in readings if isinstance(reading, Known)}
