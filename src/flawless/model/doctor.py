"""What a machine needs to deploy with flawless, and how this one stands to it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field


class Health(StrEnum):
    """How a need is met: ``warn`` is met with a loss, ``bad`` is not met, ``unknown`` could not be seen."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


class Need(Struct, frozen=True):
    """One need and how it stands; ``fix`` is a command or a sentence, empty where nothing is to be done.

    ``blocking``: a deploy does not start while it is unknown.
    """

    name: str
    health: Health
    message: str
    fix: str = ""
    blocking: bool = False


class Machine(Struct, frozen=True):
    """What was seen. Sizes in bytes, clocks in seconds; None, or an empty text, is what could not be seen.

    ``trouble`` says why the engine does not answer, ``remedy`` what to do about it. ``apart`` is how far the engine's
    clock is ahead of this one. ``unwritable`` says why the stack's folder cannot be written, empty when it can.
    ``tools`` are versions by name.
    """

    address: str
    trouble: str = ""
    remedy: str = ""
    engine: str = ""
    compose: str = ""
    builder: str = ""
    git: str = ""
    cpus: int = 0
    memory: int = 0
    disk_free: int | None = None
    disk_total: int | None = None
    apart: float | None = None
    synchronised: bool | None = None
    unwritable: str = ""
    tools: dict[str, str] = field(default_factory=dict)
