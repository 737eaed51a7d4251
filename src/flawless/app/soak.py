"""Watching a release for a while: looks at intervals, then the facts of the window."""

from __future__ import annotations

from flawless.app.baseline import Baseline, news
from flawless.app.gather import gather
from flawless.app.session import Session
from flawless.model.facts import STACK, Fact, Facts, known, unknown
from flawless.model.keys import CONTAINERS, LATENCY, LOGS, USAGE
from flawless.model.stack import Role, Service
from flawless.ports.bundle import Target
from flawless.ports.prober import Prober
from flawless.soak.window import Look, restarts, window


async def watch(session: Session, seconds: float, prober: Prober | None, baseline: Baseline) -> list[Fact]:
    """Window and latency facts of a soak; ends early when a container restarts, for that decides it."""
    clock = session.ports.clock
    start, began = clock.monotonic(), clock.now()
    mark = prober.mark() if prober else 0
    looks = [await _look(session, 0.0)]
    while (passed := clock.monotonic() - start) < seconds:
        session.progress(f"soak: {passed:.0f} of {seconds:.0f} s")
        await clock.sleep(min(session.settings.soak.interval, seconds - passed))
        looks.append(await _look(session, clock.monotonic() - start))
        if any(restarts(service, looks) for service in _lasting(session)):
            break
    target = Target(session.stack, session.settings, session.ports, since=began)
    logs = Facts(news(await gather(target, [LOGS]), baseline))
    lasted = clock.monotonic() - start
    facts = [window(service, looks, logs, lasted, seconds) for service in _lasting(session)]
    return [*facts, _latency(prober, mark)]


def _lasting(session: Session) -> list[Service]:
    return [service for service in session.stack.services if service.role is not Role.JOB]


async def _look(session: Session, at: float) -> Look:
    target = Target(session.stack, session.settings, session.ports)
    return Look(at, await gather(target, [CONTAINERS, USAGE]))


def _latency(prober: Prober | None, mark: int) -> Fact:
    if prober is None:
        return unknown(LATENCY, STACK, "the stack publishes nothing that could be asked", remedy="set [edge] url")
    return known(LATENCY, STACK, prober.latency(mark))
