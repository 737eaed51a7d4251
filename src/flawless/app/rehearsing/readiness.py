"""Does a backend say that it is ready only while it is? Its stores are stopped under it, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from msgspec import Struct, structs

from flawless.app.rehearsing.copy import Copy, network_of
from flawless.checks.images._asked import Asked, asked
from flawless.checks.images._health import HealthTest
from flawless.deploy.rehearsal_model import needs
from flawless.errors import EngineError, FlawlessError
from flawless.model.facts import Fact, known, service_subject, unknown
from flawless.model.keys import READINESS
from flawless.model.observed import InsideAnswer
from flawless.model.observed_copy import Came, Outage, Readiness
from flawless.model.stack import Role, Service
from flawless.ports.engine import Json
from flawless.probes.live._services import relay_of
from flawless.probes.live.inside import ask_inside, port_of

MOST_WAIT = 60.0
BACK_SECONDS = 60.0
_ASK_SECONDS = 5.0
_POLL = 0.5
_STORE_GRACE = 10.0
_INTERVAL = 30.0
_NANO = 1e9
_NOWHERE = "/flawless-no-such-page"
_READY = ("/health/ready", "/healthz/ready", "/readyz", "/ready", "/readiness", "/actuator/health/readiness")
_LIVE = ("/health/live", "/healthz/live", "/livez", "/live", "/liveness", "/actuator/health/liveness")
_REMEDY = 'write ready_path = "/…" and live_path = "/…" under [rehearsal] in flawless.toml'


class _Asked(Struct, frozen=True):
    """A backend, where it is asked, under which paths, and how often its own healthcheck asks it."""

    service: Service
    network: str
    port: int
    ready: str
    live: str
    interval: float


async def readiness(copy: Copy, came: dict[str, Came]) -> list[Fact]:
    """Stop each store that a backend uses, look, start it again, look; a reading for every service."""
    backends = [service for service in copy.target.stack.services if service.role is Role.BACKEND]
    found = await asyncio.gather(*(_found(copy, service, came) for service in backends))
    questions = [each for each in found if isinstance(each, _Asked)]
    seen: dict[str, list[Outage]] = {each.service.name: [] for each in questions}
    for store in sorted(
        copy.target.stack.with_role(Role.DATABASE, Role.CACHE), key=lambda each: each.role is Role.CACHE
    ):
        using = [each for each in questions if needs(copy.target.stack, each.service, store) and _came_back(seen, each)]
        if using and came.get(store.name) is Came.READY:
            for each, outage in zip(using, await _without(copy, store, using), strict=True):
                seen[each.service.name].append(outage)
    told = [each for each in found if isinstance(each, Fact)]
    return [*_others(copy), *told, *(_fact(copy, each, seen[each.service.name]) for each in questions)]


def _came_back(seen: dict[str, list[Outage]], question: _Asked) -> bool:
    """Whether it was ready again after every outage: one that says no all the time tells nothing of the next."""
    return all(outage.ready_again is not None for outage in seen[question.service.name])


def _others(copy: Copy) -> list[Fact]:
    rest = [service.name for service in copy.target.stack.services if service.role is not Role.BACKEND]
    return [known(READINESS, service_subject(name), Readiness(reason="it is no backend")) for name in rest]


def _fact(copy: Copy, question: _Asked, outages: Iterable[Outage]) -> Fact:
    outages, now = tuple(outages), copy.ports.clock.now()
    reading = Readiness(ready_path=question.ready, live_path=question.live, outages=outages)
    if not outages:
        reading = structs.replace(reading, reason="no store of the copy that it uses ran")
    said = [
        f"{each.store} away: {question.ready} {each.ready_status} after {each.failed_after} s, "
        f"{question.live or 'any path'} {each.live_status}; back after {each.ready_again} s"
        for each in outages
    ]
    what = f"stop each store of a throwaway copy and ask {question.service.name}"
    evidence = copy.ports.masker.evidence(what, len(outages), "\n".join(said), now, 0.0)
    return known(READINESS, service_subject(question.service.name), reading, [evidence] if outages else (), now)


async def _found(copy: Copy, service: Service, came: dict[str, Came]) -> _Asked | Fact:
    """Where and under which paths a backend is asked; the fact, where that cannot be told."""
    subject = service_subject(service.name)
    stores = copy.target.stack.with_role(Role.DATABASE, Role.CACHE)
    if not any(needs(copy.target.stack, service, store) for store in stores):
        return known(READINESS, subject, Readiness(reason="it uses no store of this stack"))
    if came.get(service.name) is not Came.READY:
        return unknown(READINESS, subject, f"{service.name} did not get ready in the throwaway copy")
    try:
        return await _detected(copy, service)
    except FlawlessError as error:
        return unknown(READINESS, subject, copy.ports.masker.mask(error.what), remedy=error.remedy)


async def _detected(copy: Copy, service: Service) -> _Asked:
    raw = await copy.ports.engine.container(copy.refs[service.name]) or {}
    own = asked_by_health(raw, service)
    network = network_of(copy.target.stack, service)
    port = own.port if own and own.port else await port_of(copy.target, service)
    question = _Asked(service, network, port, "", "", await _interval(copy, service, str(raw.get("Image"))))
    ready, live = await _paths(copy, question, own.path if own else "")
    if not ready:
        raise EngineError(f"no readiness path of {service.name} is known", remedy=_REMEDY)
    return structs.replace(question, ready=ready, live=live)


def asked_by_health(raw: Json, service: Service) -> Asked | None:
    """What the healthcheck in force asks, be it the image's own or Compose's; None when it asks no port."""
    test = ((raw.get("Config") or {}).get("Healthcheck") or {}).get("Test") or ()
    return asked(HealthTest(tuple(test[1:]), " ".join(test[1:]), service.at("healthcheck"))) if test else None


async def _interval(copy: Copy, service: Service, image: str) -> float:
    """How often the stack's own healthcheck asks, in Compose or in the image; the copy's asks every second."""
    if service.health and service.health.interval:
        return service.health.interval
    found = await copy.ports.engine.image(image) or {}
    own = (found.get("Config") or {}).get("Healthcheck") or {}
    return (own.get("Interval") or 0) / _NANO or _INTERVAL


async def _paths(copy: Copy, question: _Asked, own: str) -> tuple[str, str]:
    """The paths of readiness and liveness: as set, else the first usual ones that say yes; "" for one not known.

    A server that says yes to a page that surely is not there tells nothing by saying yes.
    """
    said, edge = copy.target.settings.rehearsal, copy.target.settings.edge
    tells = not yes(await _ask(copy, question, _NOWHERE))
    others = (own, edge.health_path) if own not in _LIVE else (edge.health_path,)
    ready = await _set(copy, question, said.ready_path) or await _first(
        copy, question, (*_READY, *others) if tells else (own,)
    )
    live = await _set(copy, question, said.live_path) or (await _first(copy, question, _LIVE) if tells else "")
    return ready, live


async def _set(copy: Copy, question: _Asked, path: str) -> str:
    """A path from the settings. Raise EngineError where it does not say yes although nothing is stopped."""
    if path and not yes(answer := await _ask(copy, question, path)):
        what = f"{path} of {question.service.name} answered {answer.status or 'nothing'} with all its stores running"
        raise EngineError(what, remedy="correct ready_path or live_path under [rehearsal] in flawless.toml")
    return path


async def _first(copy: Copy, question: _Asked, paths: Iterable[str]) -> str:
    for path in dict.fromkeys(path for path in paths if path):
        if yes(await _ask(copy, question, path)):
            return path
    return ""


async def _ask(copy: Copy, question: _Asked, path: str) -> InsideAnswer:
    place = (question.network, question.service.name, question.port)
    return await ask_inside(copy.target, relay_of(copy.target), place, path, seconds=_ASK_SECONDS)


def yes(answer: InsideAnswer) -> bool:
    """A page for people, such as a login form, is no answer to this question."""
    return 200 <= answer.status < 300 and not answer.page


async def _without(copy: Copy, store: Service, using: list[_Asked]) -> list[Outage]:
    """Each backend while the store is away and after it is back; the store runs again whatever happens."""
    ref = copy.refs[store.name]
    copy.session.progress(f"the throwaway copy without {store.name}")
    await copy.ports.engine.stop(ref, _STORE_GRACE)
    try:
        away = await asyncio.gather(*(_away(copy, store, question) for question in using))
    finally:
        await copy.ports.engine.start(ref)
    back = await asyncio.gather(*(_back(copy, question) for question in using))
    return [structs.replace(each, ready_again=again) for each, again in zip(away, back, strict=True)]


async def _away(copy: Copy, store: Service, question: _Asked) -> Outage:
    """Ask until readiness says no, or two intervals have passed; liveness is asked as often."""
    clock = copy.ports.clock
    start, watched = clock.monotonic(), min(2 * question.interval, MOST_WAIT)
    failed_after, live = None, 1  # the best that there is: it was not asked yet
    while True:
        after = clock.monotonic() - start  # who asks then and waits in vain is not told that it is ready
        ready = await _ask(copy, question, question.ready)
        live = max(live, await _liveness(copy, question), key=_badness)
        if not yes(ready):
            failed_after = round(after, 2)
        if failed_after is not None or after > watched:
            break
        await clock.sleep(_POLL)
    return Outage(
        store=store.name,
        role=store.role,
        allowed=2 * question.interval,
        watched=watched,
        failed_after=failed_after,
        ready_status=ready.status,
        live_status=live,
        ready_again=None,
        patience=BACK_SECONDS,
    )


async def _liveness(copy: Copy, question: _Asked) -> int:
    """The status of the liveness path; without one any answer is a sign of life, and counts as 200."""
    answer = await _ask(copy, question, question.live or question.ready)
    return answer.status if question.live or not answer.status else 200


def _badness(status: int) -> int:
    """No answer is the worst."""
    return status or 1000


async def _back(copy: Copy, question: _Asked) -> float | None:
    clock = copy.ports.clock
    start = clock.monotonic()
    while clock.monotonic() - start < BACK_SECONDS:
        if yes(await _ask(copy, question, question.ready)):
            return round(clock.monotonic() - start, 2)
        await clock.sleep(_POLL)
    return None
