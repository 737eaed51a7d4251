"""What a throwaway copy of the stack showed while it was booted, cut off from its stores, and stopped. Seconds."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Came(StrEnum):
    """How far a service of the copy came: it may be used, it ended, it never got healthy, or it was never started."""

    READY = "ready"
    ENDED = "ended"
    UNHEALTHY = "unhealthy"
    WAITING = "waiting"


class Boot(Struct, frozen=True, kw_only=True):
    """One service's start in the copy.

    ``seconds`` from its container's start until its healthcheck first succeeded, asked every second; of a job until
    it ended. ``health`` is false where there is no healthcheck: it ran on, and that is all that is known. ``problem``
    says why it is not ready, ``output`` are its last lines. ``needs_outside``: those lines tell of a host that the
    copy, which has no way out, cannot reach, and the stack's own service could.
    """

    came: Came
    seconds: float = 0.0
    health: bool = True
    restarts: int = 0
    problem: str = ""
    output: tuple[str, ...] = ()
    needs_outside: bool = False


class Outage(Struct, frozen=True, kw_only=True):
    """A store that was stopped under a backend, and started again.

    ``allowed`` is how long readiness may go on to say yes, two intervals of the healthcheck; ``watched`` how long it
    was asked, which may be less. ``failed_after`` is when it said no, None when it never did; ``ready_status`` its
    last answer meanwhile (0: none). ``live_status`` is the worst answer of liveness meanwhile. ``ready_again`` is how
    long readiness needed once the store ran again, None when it did not come back in ``patience``.
    """

    store: str
    role: str
    allowed: float
    watched: float
    failed_after: float | None
    ready_status: int
    live_status: int
    ready_again: float | None
    patience: float


class Readiness(Struct, frozen=True, kw_only=True):
    """A backend's readiness and liveness while its stores were away. Without ``ready_path`` nothing was tried.

    ``live_path`` is "" where none is known: then any HTTP answer counts as a sign of life. ``reason`` says why nothing
    was tried.
    """

    ready_path: str = ""
    live_path: str = ""
    outages: tuple[Outage, ...] = ()
    reason: str = ""


class InFlight(Struct, frozen=True):
    """A request half sent when its service was asked to end, and the status it then got; 0: no whole answer came."""

    request: str
    status: int


class Stopping(Struct, frozen=True):
    """A container that was asked to end: seconds it took, its exit code, and the grace that it has.

    ``reason`` says why nothing was measured: it did not run any more. ``in_flight`` is None where no request could be
    held.
    """

    seconds: float = 0.0
    status: int = 0
    grace: float = 0.0
    signal: str = "SIGTERM"
    reason: str = ""
    in_flight: InFlight | None = None


class ListeningPorts(Struct, frozen=True):
    """TCP ports on which a container listens, as its kernel tells it; ``loopback`` ones only for itself."""

    open: tuple[int, ...] = ()
    loopback: tuple[int, ...] = ()


class ConfigTest(Struct, frozen=True):
    """``nginx -t`` in the proxy's own container: its status, and what it said; ``reason``: it is no nginx.

    ``away`` are the names of services that were not there to be found.
    """

    status: int = 0
    output: tuple[str, ...] = ()
    reason: str = ""
    away: tuple[str, ...] = ()
