"""What a watch saw, kept in the ledger: a minute of readings at a time, alerts at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import structs

from flawless.errors import FlawlessError
from flawless.model.alerts import Alert, Block
from flawless.model.board import Lane, Tick
from flawless.ports.ledger import Ledger

_FLUSH = 60.0
_HELD = 1_000
"""Readings of a container that wait for a ledger that cannot be written; older ones are given up."""
_SWEEP = 60
_MB = 1_000_000


class Keeping:
    """A ledger that cannot be written is said once, and tried again; ``most`` in MB limits what is kept."""

    def __init__(self, book: Ledger, stack: str, most: int, say: Callable[[str], None]) -> None:
        self._book = book
        self._stack = stack
        self._most = most * _MB
        self._say = say
        self._ticks: dict[str, list[Tick]] = {}
        self._last: dict[str, float] = {}
        self._alerts: list[Alert] = []
        self._due = 0.0
        self._flushes = 0
        self._failing = False

    def open_alerts(self) -> tuple[Alert, ...]:
        """Alerts of an earlier watch that were not cleared."""
        return tuple(alert for alert in self._book.alerts(self._stack) if not alert.cleared)

    def take(self, lanes: Iterable[Lane], offset: float, now: float) -> None:
        """The newest reading of each lane; ``offset`` makes its time one since the epoch."""
        for lane in lanes:
            if lane.ticks and lane.ticks[-1].at != self._last.get(lane.name):
                tick = lane.ticks[-1]
                self._last[lane.name] = tick.at
                self._ticks.setdefault(lane.name, []).append(structs.replace(tick, at=tick.at + offset))
        self._due = self._due or now + _FLUSH
        if now >= self._due:
            self.flush()
            self._due = now + _FLUSH

    def record(self, alert: Alert) -> None:
        """Keep an alert."""
        self._alerts.append(alert)
        self._try(self._record)

    def flush(self) -> None:
        """Write what is held."""
        self._try(self._write)

    def _record(self) -> None:
        while self._alerts:
            self._book.record_alert(self._stack, self._alerts[0])
            del self._alerts[0]

    def _write(self) -> None:
        self._record()
        self._book.keep_samples(
            self._stack, [Block(container=name, ticks=tuple(ticks)) for name, ticks in self._ticks.items()]
        )
        self._ticks = {}
        if self._flushes % _SWEEP == 0:
            self._book.drop_samples(self._most)
        self._flushes += 1

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except FlawlessError as error:
            if not self._failing:
                self._say(f"? what is seen cannot be kept, and is tried again: {error.what}")
            self._failing = True
            self._ticks = {name: ticks[-_HELD:] for name, ticks in self._ticks.items()}
            del self._alerts[:-_HELD]
        else:
            self._failing = False
