"""Watching a release for a while: samples, changes of state, and what the logs say."""

from __future__ import annotations

from itertools import pairwise

from msgspec import Struct

from flawless.app.baseline import Baseline, news
from flawless.app.gather import gather
from flawless.app.session import Session
from flawless.model.facts import STACK, Fact, Facts, Known, known, service_subject, unknown
from flawless.model.keys import CONTAINERS, LATENCY, LOGS, USAGE, WINDOW
from flawless.model.observed import ContainerState, Sample, Window
from flawless.model.stack import Role, Service
from flawless.ports.bundle import Target
from flawless.ports.prober import Prober


class Look(Struct, frozen=True):
    """One look at all services: seconds since the soak began, and what was seen."""

    at: float
    facts: Facts


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
        if any(_restarts(service, looks) for service in _lasting(session)):
            break
    target = Target(session.stack, session.settings, session.ports, since=began)
    logs = Facts(news(await gather(target, [LOGS]), baseline))
    lasted = clock.monotonic() - start
    facts = [_window(service, looks, logs, lasted, seconds) for service in _lasting(session)]
    return [*facts, _latency(prober, mark)]


def _lasting(session: Session) -> list[Service]:
    return [service for service in session.stack.services if service.role is not Role.JOB]


async def _look(session: Session, at: float) -> Look:
    target = Target(session.stack, session.settings, session.ports)
    return Look(at, await gather(target, [CONTAINERS, USAGE]))


def _states(service: Service, look: Look) -> dict[str, ContainerState]:
    reading = look.facts.get(CONTAINERS, service_subject(service.name))
    return {state.id: state for state in reading.value} if isinstance(reading, Known) else {}


def _restarts(service: Service, looks: list[Look]) -> int:
    """Starts and disappearances of the containers that were there when the soak began."""
    first, last = _states(service, looks[0]), _states(service, looks[-1])
    gone = sum(container not in last for container in first)
    again = sum(
        max(state.restart_count - first[container].restart_count, int(state.started_at != first[container].started_at))
        for container, state in last.items()
        if container in first
    )
    return gone + again


def _flaps(service: Service, looks: list[Look]) -> int:
    """How often a container left the state healthy from one look to the next."""
    pairs = pairwise(looks)
    return sum(
        state.health == "healthy" and _health(service, after, container) != "healthy"
        for before, after in pairs
        for container, state in _states(service, before).items()
    )


def _health(service: Service, look: Look, container: str) -> str:
    state = _states(service, look).get(container)
    return state.health if state else "gone"


def _samples(service: Service, looks: list[Look]) -> tuple[Sample, ...]:
    samples = []
    for look in looks:
        reading = look.facts.get(USAGE, service_subject(service.name))
        if isinstance(reading, Known) and reading.value:
            memory = sum(usage.memory for usage in reading.value)
            samples.append(Sample(round(look.at, 3), memory, sum(usage.cpu for usage in reading.value)))
    return tuple(samples)


def _window(service: Service, looks: list[Look], logs: Facts, lasted: float, asked: float) -> Fact:
    subject = service_subject(service.name)
    said = logs.get(LOGS, subject)
    if not isinstance(said, Known):
        return unknown(WINDOW, subject, f"the log could not be read: {said.reason if said else 'nobody looked'}")
    if not _states(service, looks[0]):
        return unknown(WINDOW, subject, "its containers could not be seen when the soak began")
    value = Window(
        seconds=round(lasted, 1),
        asked=asked,
        restarts=_restarts(service, looks),
        oom_kills=sum(state.oom_killed for state in _states(service, looks[-1]).values()),
        health_flaps=_flaps(service, looks),
        samples=_samples(service, looks),
        new_errors=said.value.errors,
    )
    return known(WINDOW, subject, value, said.evidence)


def _latency(prober: Prober | None, mark: int) -> Fact:
    if prober is None:
        return unknown(LATENCY, STACK, "the stack publishes nothing that could be asked", remedy="set [edge] url")
    return known(LATENCY, STACK, prober.latency(mark))
