"""What answers the healthcheck of a backend: the program's own word, or a page that answers everything."""

from __future__ import annotations

import asyncio

from flawless.app.rehearsing.copy import Copy, network_of
from flawless.app.rehearsing.readiness import asked_by_health
from flawless.errors import EngineError
from flawless.model.facts import Fact, known, service_subject, unknown
from flawless.model.keys import HEALTH_ANSWER
from flawless.model.observed import InsideAnswer
from flawless.model.stack import Role, Service
from flawless.probes.live._services import relay_of
from flawless.probes.live.inside import ask_inside

NOT_ASKED = InsideAnswer("", "", 0, "", 0.0)


async def health_answers(copy: Copy) -> list[Fact]:
    """What each backend answers where its healthcheck asks, told from its network; status 0 where nobody asks."""
    return list(await asyncio.gather(*(_answer(copy, service) for service in copy.target.stack.services)))


async def _answer(copy: Copy, service: Service) -> Fact:
    subject, now = service_subject(service.name), copy.ports.clock.now()
    raw = await copy.ports.engine.container(copy.refs[service.name]) or {}
    own = asked_by_health(raw, service) if service.role is Role.BACKEND else None
    if own is None or not own.path or not own.port:
        return known(HEALTH_ANSWER, subject, NOT_ASKED, (), now)
    place = (network_of(copy.target.stack, service), service.name, own.port)
    try:
        found = await ask_inside(copy.target, relay_of(copy.target), place, own.path)
    except EngineError as error:
        return unknown(HEALTH_ANSWER, subject, copy.ports.masker.mask(error.what), remedy=error.remedy)
    evidence = copy.ports.masker.evidence(
        f"GET {found.url} in a throwaway copy", found.status, found.message, now, found.seconds
    )
    return known(HEALTH_ANSWER, subject, found, [evidence], now)
