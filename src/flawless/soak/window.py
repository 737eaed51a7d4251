"""From what was seen of a service during a soak to the facts of its window. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from flawless.model.facts import Evidence, Fact, Known, Unknown, known, service_subject, unknown
from flawless.model.keys import WINDOW
from flawless.model.observed import ContainerState, LogScan, Window
from flawless.model.stack import Service
from flawless.soak.course import Course

States = Sequence[ContainerState]


class Faults(Struct):
    """What the engine told of the containers that were there when the soak began."""

    deaths: int = 0
    ooms: int = 0
    unhealthy: int = 0


class Seen(Struct, frozen=True):
    """A service over a soak: containers at its begin and its end, events in between, readings, and its log.

    ``deaf`` says why the events could not be followed to the end, ``mute`` why the log could not; "" when they were.
    """

    first: Known[tuple[ContainerState, ...]] | Unknown | None
    last: Known[tuple[ContainerState, ...]] | Unknown | None
    faults: Faults
    deaf: str
    course: Course
    log: LogScan
    mute: str = ""


def window(service: Service, seen: Seen, lasted: float, asked: float, evidence: Sequence[Evidence] = ()) -> Fact:
    """The window fact of a service; ``lasted`` and ``asked`` are seconds."""
    subject = service_subject(service.name)
    first = _states(seen.first)
    last = seen.last.value if isinstance(seen.last, Known) else first
    died = max(restarts(first, last), seen.faults.deaths)
    if (blind := _blind(seen)) and not died:
        return unknown(WINDOW, subject, blind, evidence)
    value = Window(
        seconds=round(lasted, 1),
        asked=asked,
        restarts=died,
        oom_kills=max(oom_kills(first, last), seen.faults.ooms),
        health_flaps=max(int(sickened(first, last)), seen.faults.unhealthy),
        samples=seen.course.samples(),
        new_errors=seen.log.errors,
        peak=seen.course.peak,
        periods=seen.course.periods,
        throttled=seen.course.throttled,
    )
    return known(WINDOW, subject, value, evidence)


def _blind(seen: Seen) -> str:
    """Why the window cannot be told: streams that end because the container died are no reason; "" for none."""
    if not _states(seen.first):
        return "its containers could not be seen when the soak began"
    if not isinstance(seen.last, Known):
        return "its containers could not be seen when the soak ended"
    if seen.deaf:
        return f"the engine's events could not be followed: {seen.deaf}"
    return f"the log could not be followed: {seen.mute}" if seen.mute else ""


def _states(reading: Known[tuple[ContainerState, ...]] | Unknown | None) -> States:
    return reading.value if isinstance(reading, Known) else ()


def restarts(first: States, last: States) -> int:
    """Starts and disappearances of the containers that were there when the soak began."""
    before, after = _by_id(first), _by_id(last)
    again = (
        max(state.restart_count - before[one].restart_count, int(state.started_at != before[one].started_at))
        for one, state in after.items()
        if one in before
    )
    return len(before.keys() - after.keys()) + sum(again)


def oom_kills(first: States, last: States) -> int:
    """Containers that were killed for want of memory, and had not been when the soak began."""
    before = _by_id(first)
    return sum(state.oom_killed and not (state.id in before and before[state.id].oom_killed) for state in last)


def sickened(first: States, last: States) -> bool:
    """Whether a container that was healthy when the soak began is there and no longer healthy."""
    before = {state.id for state in first if state.health == "healthy"}
    return any(state.id in before and state.health != "healthy" for state in last)


def _by_id(states: States) -> dict[str, ContainerState]:
    return {state.id: state for state in states}
