"""A deploy as data: steps with a reason, a proof and an undo, and the record of how each went."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from flawless.model.observed import Stretch
from flawless.model.stack import Rollout


class StepKind(StrEnum):
    """What a step does; each kind has one file in ``deploy/steps``."""

    SNAPSHOT = "snapshot"
    BUILD = "build"
    INSPECT = "inspect"
    BACKUP = "backup"
    REHEARSE = "rehearse"
    START = "start"
    MIGRATE = "migrate"
    SWITCH = "switch"
    RELOAD = "reload"
    REMOVE = "remove"
    RENEW = "renew"
    TIDY = "tidy"
    HOOK = "hook"
    PAUSE = "pause"
    UNPAUSE = "unpause"
    VERIFY = "verify"
    SOAK = "soak"
    PROMOTE = "promote"
    SAVE = "save"
    CLEAR = "clear"
    RESTORE = "restore"


class Strategy(StrEnum):
    """How a service changes hands."""

    UNTOUCHED = "untouched"
    START_FIRST = "start-first"
    STOP_FIRST = "stop-first"
    RELOAD = "reload"
    CREATE = "create"
    JOB = "job"


class Door(Struct, frozen=True):
    """Where a proxy finds a service: a network by its full name, a host name on it, and a port."""

    network: str
    host: str
    port: int


class Step(Struct, frozen=True, kw_only=True):
    """One step: why it is taken, how it is proved and undone, and whether it may be repeated after a crash.

    ``after`` names the steps that must be proved before it begins; None: all that stand before it. ``rollout`` is how
    Compose's file wants the containers replaced. ``reload`` names the proxies that must be reloaded to learn of a new
    address of this service; ``lookup_seconds`` is for how long the others go on with those that they know; ``doors``
    are where they find it. ``replaces`` are containers by id that must go although image and configuration are right.
    ``resource`` is "network:KEY" or "volume:KEY" where no service is meant.
    """

    id: str
    kind: StepKind
    why: str
    proof: str
    undo: str
    service: str = ""
    strategy: Strategy | None = None
    gap_seconds: float = 0.0
    repeatable: bool = True
    point_of_no_return: bool = False
    after: tuple[str, ...] | None = None
    resource: str = ""
    rollout: Rollout = Rollout()
    reload: tuple[str, ...] = ()
    lookup_seconds: float = 0.0
    doors: tuple[Door, ...] = ()
    replaces: tuple[str, ...] = ()


class ServicePlan(Struct, frozen=True):
    """What happens to one service and why; ``gap_seconds`` is the expected outage.

    ``anew``: its containers go although they have the wanted image and configuration.
    """

    service: str
    strategy: Strategy
    why: str
    gap_seconds: float = 0.0
    anew: bool = False


class Plan(Struct, frozen=True):
    """Ordered steps towards a release. ``collateral`` names what else would be touched, ``notes`` what would not."""

    stack: str
    release: str
    parent: str
    services: tuple[ServicePlan, ...]
    steps: tuple[Step, ...]
    collateral: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class StepState(StrEnum):
    """How a step stands in the journal."""

    STARTED = "started"
    PROVED = "proved"
    FAILED = "failed"
    UNDONE = "undone"
    SKIPPED = "skipped"


class StepRecord(Struct, frozen=True):
    """A step in the journal and in the report; ``began`` in seconds since the epoch."""

    id: str
    kind: StepKind
    why: str
    state: StepState
    seconds: float
    message: str = ""
    evidence: tuple[str, ...] = ()
    began: float = 0.0


class Phase(Struct, frozen=True):
    """Requests of one part of a deploy; times in milliseconds, None when none was answered."""

    requests: int
    failed: int
    p50_ms: float | None = None
    p99_ms: float | None = None


class TrafficCourse(Struct, frozen=True):
    """The requests over time, in stretches of ``width`` seconds; one that holds no request is left out.

    ``began`` is in seconds since the epoch; the stretches' ends and the ``switch`` (its begin and end, None without
    one) are in seconds after it. It reaches from a minute before the switch to a minute after it at most.
    """

    began: float
    width: float
    stretches: tuple[Stretch, ...]
    switch: tuple[float, float] | None = None


class Traffic(Struct, frozen=True):
    """What the deploy's own prober saw through the proxy; times in milliseconds.

    ``before``, ``during`` and ``after`` part it at the begin of the first step that changed what serves and at the end
    of the last one; None when there was no such step. ``course`` is None when no request was made.
    """

    requests: int
    failed: int
    longest_gap_ms: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    target: str = ""
    first_failure: str = ""
    before: Phase | None = None
    during: Phase | None = None
    after: Phase | None = None
    course: TrafficCourse | None = None
