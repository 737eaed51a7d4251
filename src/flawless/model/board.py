"""What ``flawless top`` shows at one moment, as data."""

from __future__ import annotations

from msgspec import Struct

from flawless.model.standing import ServiceStanding, Standing


class Tick(Struct, frozen=True, gc=False):
    """One reading of a container, ``at`` in seconds of a steady clock; sizes in bytes, totals since the start.

    ``cores`` are those in use since the reading before, None for the first one; what is not told is None too.
    ``throttled`` of ``periods`` of its CPU limit it had to wait.
    """

    at: float
    memory: int
    pids: int
    cores: float | None = None
    received: int | None = None
    sent: int | None = None
    read: int | None = None
    written: int | None = None
    periods: int = 0
    throttled: int = 0


class Lane(Struct, frozen=True, kw_only=True):
    """One container: how it stands, its limits (0: none), and its last readings, the oldest first."""

    id: str
    name: str
    standing: Standing
    why: str
    restarts: int = 0
    started_at: float = 0.0
    memory_limit: int = 0
    cpu_limit: float = 0.0
    ticks: tuple[Tick, ...] = ()
    unread: str = ""
    service: str = ""


class Beat(Struct, frozen=True):
    """One request through the proxy: seconds it took, and why it failed ("" if it did not)."""

    seconds: float
    failure: str = ""


class Happening(Struct, frozen=True):
    """An event of a container, in seconds since the epoch."""

    at: float
    container: str
    action: str


class View(Struct, frozen=True):
    """What the reader chose: a container by its id ("" for the first one), the order, and whether it stands still."""

    selected: str = ""
    order: str = "name"
    paused: bool = False


class Board(Struct, frozen=True, kw_only=True):
    """All of it; ``at`` in seconds since the epoch. ``log`` are the last lines of the container ``log_of``, masked.

    ``target`` is the URL that is asked through the proxy; "" where none is, and ``unasked`` says why.
    """

    stack: str
    at: float
    release: str
    lanes: tuple[Lane, ...]
    services: tuple[ServiceStanding, ...] = ()
    view: View = View()
    target: str = ""
    beats: tuple[Beat, ...] = ()
    events: tuple[Happening, ...] = ()
    unasked: str = ""
    log: tuple[str, ...] = ()
    log_of: str = ""
    notes: tuple[str, ...] = ()

    def ordered(self) -> tuple[Lane, ...]:
        """The lanes in the order of the view; those that use most first, where it is by use."""
        return tuple(sorted(self.lanes, key=lambda lane: (-_use(lane, self.view.order), lane.name)))

    def chosen(self) -> Lane | None:
        """The selected lane, the first where that is gone; None without any."""
        lanes = self.ordered()
        return next((lane for lane in lanes if lane.id == self.view.selected), lanes[0] if lanes else None)


def _use(lane: Lane, order: str) -> float:
    last = lane.ticks[-1] if lane.ticks else None
    if last is None or order not in ("cpu", "memory"):
        return 0.0
    return float(last.memory) if order == "memory" else last.cores or 0.0
