"""From looks at a stack over time to the facts of the window. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from flawless.model.facts import Fact, Facts, Known, known, service_subject, unknown
from flawless.model.keys import CONTAINERS, LOGS, USAGE, WINDOW
from flawless.model.observed import ContainerState, Sample, Window
from flawless.model.stack import Service


class Look(Struct, frozen=True):
    """One look at all services: seconds since the soak began, and what was seen."""

    at: float
    facts: Facts


def restarts(service: Service, looks: Sequence[Look]) -> int:
    """Starts and disappearances of the containers that were there when the soak began."""
    first, last = _states(service, looks[0]), _states(service, looks[-1])
    gone = sum(container not in last for container in first)
    again = sum(
        max(state.restart_count - first[container].restart_count, int(state.started_at != first[container].started_at))
        for container, state in last.items()
        if container in first
    )
    return gone + again


def window(service: Service, looks: Sequence[Look], logs: Facts, lasted: float, asked: float) -> Fact:
    """The window fact of a service: ``logs`` hold what is new in its log, ``lasted`` and ``asked`` are seconds."""
    subject = service_subject(service.name)
    said = logs.get(LOGS, subject)
    if not isinstance(said, Known):
        return unknown(WINDOW, subject, f"the log could not be read: {said.reason if said else 'nobody looked'}")
    if not _states(service, looks[0]):
        return unknown(WINDOW, subject, "its containers could not be seen when the soak began")
    value = Window(
        seconds=round(lasted, 1),
        asked=asked,
        restarts=restarts(service, looks),
        oom_kills=sum(state.oom_killed for state in _states(service, looks[-1]).values()),
        health_flaps=_flaps(service, looks),
        samples=_samples(service, looks),
        new_errors=said.value.errors,
    )
    return known(WINDOW, subject, value, said.evidence)


def _states(service: Service, look: Look) -> dict[str, ContainerState]:
    reading = look.facts.get(CONTAINERS, service_subject(service.name))
    return {state.id: state for state in reading.value} if isinstance(reading, Known) else {}


def _flaps(service: Service, looks: Sequence[Look]) -> int:
    """How often a container left the state healthy from one look to the next."""
    return sum(
        state.health == "healthy" and _health(service, after, container) != "healthy"
        for before, after in pairwise(looks)
        for container, state in _states(service, before).items()
    )


def _health(service: Service, look: Look, container: str) -> str:
    state = _states(service, look).get(container)
    return state.health if state else "gone"


def _samples(service: Service, looks: Sequence[Look]) -> tuple[Sample, ...]:
    samples = []
    for look in looks:
        reading = look.facts.get(USAGE, service_subject(service.name))
        if isinstance(reading, Known) and reading.value:
            memory = sum(usage.memory for usage in reading.value)
            samples.append(Sample(round(look.at, 3), memory, sum(usage.cpu for usage in reading.value)))
    return tuple(samples)
