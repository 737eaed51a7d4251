"""What a cause is, what it may see, and the few ways in which most causes are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import IntEnum

from msgspec import Struct

from flawless.model.observed import ContainerState, HostFacts, Usage


class Depth(IntEnum):
    """How far up a cause stands: what stands deeper brings down what stands above, and is named first."""

    MACHINE = 0
    STORE = 1
    SETTING = 2
    PROGRAM = 3
    ENDING = 4
    NEIGHBOUR = 5
    SYMPTOM = 6


class Sight(Struct, frozen=True):
    """One container (None: there is none) of a service, its last lines, and what failing checks say of the service.

    Lines are masked already. ``checks`` are messages by check id. ``job``: it is meant to end. ``absent``: the
    engine was asked, and has none where one should be. ``usage`` and ``host``: what it and the machine use now, None
    where that was not seen.
    """

    service: str
    container: ContainerState | None = None
    lines: tuple[str, ...] = ()
    checks: Mapping[str, str] = {}
    job: bool = False
    absent: bool = False
    usage: Usage | None = None
    host: HostFacts | None = None

    @property
    def ill(self) -> bool:
        """Whether it does not run as it should: a healthy service's log also tells of hardships that are over."""
        state = self.container
        if state is None:
            return self.absent
        done = self.job and state.state == "exited" and state.exit_code == 0 and not state.restart_count
        return not done and (state.state != "running" or state.health == "unhealthy" or state.restart_count > 0)

    @property
    def said(self) -> tuple[str, ...]:
        """What the engine said of its start, and then what it logged."""
        error = self.container.error if self.container else ""
        return (error, *self.lines) if error else self.lines


Find = Callable[[Sight], str]


class Cause(Struct, frozen=True, kw_only=True):
    """One reason for which services fail; ``find`` answers with the line that shows it, "" where none does.

    ``fix`` is a command or a change, with ``{service}`` for the service's name.
    """

    id: str
    title: str
    depth: Depth
    find: Find
    fix: str


def said(pattern: str, *, also_well: bool = False) -> Find:
    """The last line that matches; of a service that is well only where ``also_well``."""
    shape = re.compile(pattern)

    def find(sight: Sight) -> str:
        if not (sight.ill or also_well):
            return ""
        return next((line for line in reversed(sight.said) if shape.search(line)), "")

    return find


def ended(status: int, *, silent: bool = False) -> Find:
    """It ended with this status, not for want of memory; ``silent``: and without a word."""

    def find(sight: Sight) -> str:
        state = sight.container
        if state is None or not sight.ill or state.state == "running" or state.oom_killed:
            return ""
        if state.exit_code != status or state.state == "created" or (silent and sight.said):
            return ""
        return _ending(state, sight.lines)

    return find


def _ending(state: ContainerState, lines: tuple[str, ...]) -> str:
    restarts = f", {state.restart_count} restarts" if state.restart_count else ""
    last = f"; last words: {lines[-1]}" if lines else "; it logged nothing"
    return f"{state.name} is {state.state} with exit code {state.exit_code}{restarts}{last}"


def checked(*ids: str) -> Find:
    """A check has decided it: its message."""
    return lambda sight: next((sight.checks[name] for name in ids if name in sight.checks), "")
