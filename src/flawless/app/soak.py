"""Watching a release for a while: streams over the window, then its facts."""

from __future__ import annotations

from flawless.app.baseline import Baseline
from flawless.app.following import Following
from flawless.app.gather import gather
from flawless.app.session import Session
from flawless.errors import EngineError
from flawless.model.facts import STACK, Evidence, Fact, Facts, known, unknown
from flawless.model.keys import CONTAINERS, LATENCY
from flawless.model.stack import Role, Service
from flawless.ports.bundle import Target
from flawless.ports.prober import Mark, Prober
from flawless.ports.streams import engine_time
from flawless.soak.course import width
from flawless.soak.window import Seen, window

PATHS_FROM = 15.0
_LAST_WORDS = 1.0


async def watch(session: Session, seconds: float, prober: Prober | None, baseline: Baseline) -> list[Fact]:
    """Window and latency facts of a soak; ends early when a container dies, for that decides it."""
    clock, services = session.ports.clock, _lasting(session)
    since = await _engines_now(session)
    each = width(seconds, session.settings.soak.interval)
    first = await _containers(session)
    following = Following(session, services, first, since=since, width=each, known=baseline)
    try:
        await following.start()
        start, mark = clock.monotonic(), _listen(session, prober, seconds)
        while (passed := clock.monotonic() - start) < seconds and not following.decided:
            session.progress(f"soak: {passed:.0f} of {seconds:.0f} s")
            await clock.sleep(min(session.settings.soak.interval, seconds - passed))
        lasted = clock.monotonic() - start
        if following.decided:
            await clock.sleep(_LAST_WORDS)
        latency = _latency(prober, mark, each)
        last = await _containers(session)
    finally:
        await following.stop()
    facts = []
    for service in services:
        seen = following.seen(service, last)
        facts.append(window(service, seen, lasted, seconds, [_evidence(session, service, seen, lasted)]))
    return [*facts, latency]


async def _engines_now(session: Session) -> float:
    """The engine's own time: its clock may differ from ours. Ours when it does not tell."""
    try:
        told = str((await session.ports.engine.info()).get("SystemTime") or "")
    except EngineError:
        told = ""
    return engine_time(told) or session.ports.clock.now()


def _lasting(session: Session) -> list[Service]:
    return [service for service in session.stack.services if service.role is not Role.JOB]


async def _containers(session: Session) -> Facts:
    return await gather(Target(session.stack, session.settings, session.ports), [CONTAINERS])


def _listen(session: Session, prober: Prober | None, seconds: float) -> Mark | None:
    """Where the prober stands; from here on it asks further paths too, if there is time for enough answers."""
    if prober is None:
        return None
    if seconds >= PATHS_FROM:
        edge = session.settings.edge
        prober.ask_also(edge.paths or ("/", edge.version_path))
    return prober.mark()


def _latency(prober: Prober | None, mark: Mark | None, each: float) -> Fact:
    if prober is None or mark is None:
        return unknown(LATENCY, STACK, "the stack publishes nothing that could be asked", remedy="set [edge] url")
    return known(LATENCY, STACK, prober.latency(mark, each))


def _evidence(session: Session, service: Service, seen: Seen, lasted: float) -> Evidence:
    log, faults = seen.log, seen.faults
    heard = f"{faults.deaths} died, {faults.ooms} times out of memory, {faults.unhealthy} times unhealthy"
    lines = [heard, f"{len(seen.course.samples())} samples of memory and CPU"]
    lines += [f"{log.lines} lines logged", *(f"{one.count} x {one.example}" for one in log.errors[:5])]
    lines += [f"not followed to the end: {why}" for why in (seen.deaf, seen.mute) if why]
    what = f"events, statistics and log of {service.name}, followed for {lasted:.0f} s"
    return session.ports.masker.evidence(what, "followed", "\n".join(lines), session.ports.clock.now(), lasted)
