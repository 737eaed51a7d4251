"""What ``flawless watch`` looks for and what it raised, as data."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from flawless.model.board import Tick


class Level(StrEnum):
    """What a sign says now. ``between`` is neither bad enough to raise an alert nor good enough to clear one."""

    BAD = "bad"
    BETWEEN = "between"
    GOOD = "good"
    UNKNOWN = "unknown"


class Sign(Struct, frozen=True, kw_only=True):
    """One thing that is watched: ``key`` names it, ``subject`` whose it is, ``said`` the evidence, ``do`` a command.

    It has to be bad for ``after`` seconds before it is an alert, and good for ``until`` seconds before that is cleared.
    """

    key: str
    subject: str
    level: Level
    said: str
    do: str = ""
    after: float = 0.0
    until: float = 0.0


class Alert(Struct, frozen=True, kw_only=True):
    """A sign that was bad for long enough; ``raised`` and ``cleared`` in seconds since the epoch, 0 while it lasts."""

    key: str
    subject: str
    said: str
    do: str
    raised: float
    cleared: float = 0.0


class Turn(Struct, frozen=True):
    """What one look changed: alerts that were raised and cleared, and which of them somebody has to be told now."""

    raised: tuple[Alert, ...] = ()
    cleared: tuple[Alert, ...] = ()
    tell: tuple[Alert, ...] = ()


class Around(Struct, frozen=True, kw_only=True):
    """What is looked at less often: bytes of the engine's disk, days of the certificate; None where nobody tells.

    ``unseen`` says why, by these names.
    """

    disk_free: int | None = None
    disk_total: int | None = None
    certificate_days: float | None = None
    unseen: dict[str, str] = {}


class Block(Struct, frozen=True, kw_only=True):
    """Readings of one container in a row, ``ticks`` at seconds since the epoch."""

    container: str
    ticks: tuple[Tick, ...]
