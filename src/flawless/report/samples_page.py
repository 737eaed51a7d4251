"""What ``flawless watch`` kept: each container's figures over the time that was asked for, and the alerts. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import fmean, median

import msgspec
from msgspec import Struct

from flawless.model.alerts import Alert, Block
from flawless.model.board import Tick
from flawless.report._columns import columns
from flawless.report._gauges import short, spark
from flawless.report.text import span

SCHEMA = "flawless/samples/1"
_LINE = 24


class Kept(Struct, frozen=True, kw_only=True):
    """What was kept since a time, in seconds since the epoch: readings by container, and alerts, the newest first."""

    stack: str
    since: float
    now: float
    blocks: tuple[Block, ...]
    alerts: tuple[Alert, ...]


def samples_page(kept: Kept, width: int = 100) -> str:
    """Two tables, or a sentence where there is nothing."""
    head = ("CONTAINER", "READINGS", "CPU", "MOST", "MEMORY", "MOST", "MEMORY SINCE THEN")
    rows = [_row(name, ticks, kept) for name, ticks in _by_container(kept.blocks).items()]
    nothing = f"  nothing in the last {span(kept.now - kept.since)}; flawless watch keeps readings while it runs\n"
    alerts = [_alert(alert) for alert in kept.alerts]
    return "\n".join(
        (
            f"Readings of {kept.stack}, the last {span(kept.now - kept.since)}",
            columns(head, rows, width) if rows else nothing,
            "Alerts",
            columns(("RAISED", "LASTED", "WHAT", "WHY"), alerts, width) if alerts else "  none\n",
        )
    )


def samples_json(kept: Kept) -> str:
    """The same with every reading."""
    found = {"schema": SCHEMA, **msgspec.to_builtins(kept)}
    return msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"


def _by_container(blocks: Sequence[Block]) -> dict[str, list[Tick]]:
    found: dict[str, list[Tick]] = {}
    for block in blocks:
        found.setdefault(block.container, []).extend(block.ticks)
    return dict(sorted(found.items()))


def _row(name: str, ticks: Sequence[Tick], kept: Kept) -> tuple[str, ...]:
    cores = [tick.cores for tick in ticks if tick.cores is not None]
    memory = [tick.memory for tick in ticks]
    busy = (f"{median(cores):.2f}", f"{max(cores):.2f}") if cores else ("-", "-")
    line = spark(_slots(ticks, kept), _LINE, max(memory))
    return name, str(len(ticks)), *busy, short(median(memory)), short(max(memory)), line


def _slots(ticks: Sequence[Tick], kept: Kept) -> list[float | None]:
    """The mean memory in equal parts of the time; None for a part without a reading. The ticks are in order."""
    width = max(kept.now - kept.since, 1.0) / _LINE
    times, memory = [tick.at for tick in ticks], [tick.memory for tick in ticks]
    ends = [bisect_left(times, kept.since + width * number) for number in range(1, _LINE)]
    parts = zip((0, *ends), (*ends, len(ticks)), strict=True)
    return [fmean(memory[first:last]) if last > first else None for first, last in parts]


def _alert(alert: Alert) -> tuple[str, ...]:
    lasted = span(alert.cleared - alert.raised) if alert.cleared else "lasts"
    raised = datetime.fromtimestamp(alert.raised, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return raised, lasted, f"{'✔' if alert.cleared else '✘'} {alert.key} of {alert.subject}", alert.said
