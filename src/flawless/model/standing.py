"""How a stack stands now: what ``flawless status`` tells, as data."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from flawless.model.history import RunRow
from flawless.model.observed import ContainerState


class Standing(StrEnum):
    """How a service or one of its containers stands.

    ``unchecked`` runs without a healthcheck, so nobody knows whether it works; ``done`` is a job that ended well.
    """

    HEALTHY = "healthy"
    UNCHECKED = "unchecked"
    STARTING = "starting"
    DONE = "done"
    FAULTY = "faulty"
    UNKNOWN = "unknown"


class Placed(Struct, frozen=True):
    """One container, how it stands, and why in words."""

    standing: Standing
    why: str
    container: ContainerState


class ServiceStanding(Struct, frozen=True, kw_only=True):
    """One service: how many containers it should have, those it has, how it stands, and why in words."""

    name: str
    role: str
    wanted: int
    standing: Standing
    why: str
    containers: tuple[Placed, ...] = ()


class ReleaseMark(Struct, frozen=True):
    """The newest release and its state; ``good`` is the newest good one. "" where none is recorded."""

    id: str = ""
    state: str = ""
    revision: str = ""
    good: str = ""


class StackStanding(Struct, frozen=True, kw_only=True):
    """The whole stack; ``at`` in seconds since the epoch, sizes in bytes.

    ``certificate_days`` and ``disk_free`` are None where they could not be told, ``unseen`` says why by their names.
    """

    name: str
    at: float
    services: tuple[ServiceStanding, ...]
    release: ReleaseMark = ReleaseMark()
    certificate_days: float | None = None
    disk_free: int | None = None
    disk_total: int | None = None
    verdict: RunRow | None = None
    unseen: dict[str, str] = {}
