"""One frame of ``flawless top``: exactly as many lines and columns as the terminal has. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from flawless.model.board import Board, Lane, Tick
from flawless.model.standing import Standing
from flawless.report._gauges import rate, share, short, spark
from flawless.report.status_page import SIGNS
from flawless.report.text import age, one_line

KEYS = "up/down j/k select   c cpu  m memory  n name   p pause   q quit"
LEAST_COLUMNS, LEAST_ROWS = 60, 12
_WIDE, _WIDEST = 100, 116
_EVENTS = 3
_FIXED = 6  # two lines on top, the head of the table, two headings, the keys
_TINTS = {Standing.FAULTY: "31", Standing.UNKNOWN: "33", Standing.STARTING: "33", Standing.HEALTHY: "32"}

_INVERSE, _PLAIN = "\x1b[7m", "\x1b[0m"

Tell = Callable[[Lane], str]


class _Column(Struct, frozen=True):
    head: str
    width: int
    tell: Tell
    left: bool = False


def frame(board: Board, columns: int, rows: int, *, color: bool = False) -> str:
    """The frame, its lines joined by line feeds, none behind the last one."""
    if columns < LEAST_COLUMNS or rows < LEAST_ROWS:
        text = f"the terminal is smaller than {LEAST_COLUMNS} x {LEAST_ROWS}"
        return "\n".join([_fit(text, columns), *[" " * columns] * (rows - 1)])
    lanes, table = board.ordered(), _columns(columns)
    room = max(1, min(len(lanes), rows - _FIXED - _EVENTS - 2))
    shown = _around(lanes, board.chosen(), room)
    head = "   " + "  ".join(_cell(column, column.head) for column in table)
    top = [_title(board), _latency(board, columns), head]
    body = [_row(board, lane, table, columns, color) for lane in shown]
    left = rows - len(top) - len(body) - 1
    below = _below(board, left, columns)
    keys = f"{KEYS}   by {board.view.order}{'   PAUSED' if board.view.paused else ''}"
    plain = [*(_fit(line, columns) for line in top), *body, *(_fit(line, columns) for line in (*below, keys))]
    return "\n".join(_faint(plain, {2, len(plain) - 1}) if color else plain)


def _faint(lines: Sequence[str], which: set[int]) -> list[str]:
    return [f"\x1b[2m{line}\x1b[0m" if number in which else line for number, line in enumerate(lines)]


def _fit(text: str, columns: int) -> str:
    """One line of exactly that width: cut, or filled with blanks."""
    return text[:columns].ljust(columns)


def _title(board: Board) -> str:
    good = sum(lane.standing in (Standing.HEALTHY, Standing.UNCHECKED, Standing.DONE) for lane in board.lanes)
    at = datetime.fromtimestamp(board.at, UTC).strftime("%H:%M:%S UTC")
    notes = "".join(f"   {one_line(note)}" for note in board.notes)
    return f"{one_line(board.stack)}  {at}   {good} of {len(board.lanes)} as they should be   {board.release}{notes}"


def _latency(board: Board, columns: int) -> str:
    if not board.target:
        return f"latency  ? {one_line(board.unasked)}"
    times = sorted(beat.seconds for beat in board.beats if not beat.failure)
    failed = len(board.beats) - len(times)
    told = "no answer yet"
    if times:
        half, most = times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.95))]
        told = f"half {half * 1000:.1f} ms, 95% {most * 1000:.1f} ms"
    values = [None if beat.failure else beat.seconds for beat in board.beats]
    line = spark(values, 20 if columns >= _WIDE else 10, times[-1] if times else 0.0)
    lost = f"{failed} of {len(board.beats)} failed"
    why = next((beat.failure for beat in reversed(board.beats) if beat.failure), "")
    return f"latency {line}  {told}, {lost}{f': {one_line(why)}' if why else ''}  {one_line(board.target)}"


def _columns(width: int) -> list[_Column]:
    """What fits, the most telling first; names take what is left."""
    bars = 16 if width >= _WIDEST else 8
    table = [
        _Column("CPU", 4, lambda lane: share(_last(lane).cores, 1.0)),
        _Column("", bars, lambda lane: _cpu_line(lane, bars), left=True),
        _Column("MEM", 4, lambda lane: short(_last(lane).memory)),
        _Column("OF", 4, lambda lane: share(_last(lane).memory, lane.memory_limit)),
    ]
    if width >= _WIDE:
        table.append(_Column("", bars, lambda lane: _memory_line(lane, bars), left=True))
    table += [
        _Column("NET i/o", 9, lambda lane: _both(lane, "received", "sent")),
        _Column("BLK r/w", 9, lambda lane: _both(lane, "read", "written")),
        _Column("PID", 4, lambda lane: str(_last(lane).pids)),
        _Column("THR", 4, _throttled),
    ]
    table.append(_Column("RST", 3, lambda lane: str(lane.restarts)))
    left = width - 3 - sum(column.width + 2 for column in table)
    return [_Column("CONTAINER", max(4, left), lambda lane: one_line(lane.name), left=True), *table]


def _cell(column: _Column, text: str) -> str:
    cut = text[: column.width]
    return cut.ljust(column.width) if column.left else cut.rjust(column.width)


def _row(board: Board, lane: Lane, table: Sequence[_Column], width: int, color: bool) -> str:
    selected = lane is board.chosen()
    name = _cell(table[0], table[0].tell(lane))
    if lane.ticks:
        rest = "  ".join([name, *(_cell(column, column.tell(lane)) for column in table[1:])])
    else:
        rest = f"{name}  {one_line(lane.unread or lane.why)}"
    sign, line = SIGNS[lane.standing], _fit(rest, width - 3)
    if not color:
        return f"{'>' if selected else ' '}{sign} {line}"
    sign = f"\x1b[{_TINTS.get(lane.standing, '0')}m{sign}\x1b[0m"
    return f"{'>' if selected else ' '}{sign} {f'{_INVERSE}{line}{_PLAIN}' if selected else line}"


def _last(lane: Lane) -> Tick:
    return lane.ticks[-1]


def _cpu_line(lane: Lane, width: int) -> str:
    values = [tick.cores for tick in lane.ticks]
    return spark(values, width, lane.cpu_limit or max(1.0, *(value or 0.0 for value in values)))


def _memory_line(lane: Lane, width: int) -> str:
    values = [tick.memory for tick in lane.ticks]
    return spark(values, width, lane.memory_limit or max(values))


def _both(lane: Lane, one: str, other: str) -> str:
    """Bytes a second one way and the other."""
    rates = [rate([(tick.at, getattr(tick, name)) for tick in lane.ticks]) for name in (one, other)]
    return "/".join(short(value) for value in rates)


def _throttled(lane: Lane) -> str:
    """The share of the periods since the reading before in which it had to wait for its CPU limit."""
    if len(lane.ticks) < 2:
        return "-"
    before, now = lane.ticks[-2:]
    return share(now.throttled - before.throttled, now.periods - before.periods)


def _around(lanes: Sequence[Lane], chosen: Lane | None, room: int) -> Sequence[Lane]:
    """As many as there is room for, the chosen one among them."""
    place = next((number for number, lane in enumerate(lanes) if lane is chosen), 0)
    start = max(0, min(place - room // 2, len(lanes) - room))
    return lanes[start : start + room]


def _below(board: Board, rows: int, columns: int) -> list[str]:
    """The last events, and the log of the selected container."""
    chosen = board.chosen()
    events = [
        f"  {datetime.fromtimestamp(event.at, UTC):%H:%M:%S}  {one_line(event.container)}  {one_line(event.action)}"
        for event in board.events[-_EVENTS:]
    ] or ["  none in the last minutes"]
    room = max(0, rows - len(events) - 2)
    told = ""
    if chosen:
        up = f", up {age(board.at - chosen.started_at)}" if chosen.ticks and chosen.started_at else ""
        told = f"{one_line(chosen.name)}: {one_line(chosen.why)}{up}"
    own = board.log if chosen and chosen.id == board.log_of else ()
    log = [f"  {one_line(line)}" for line in own[-room:]] if room else []
    lines = [_rule("events", columns), *events, _rule(f"log of {told}" if told else "log", columns), *log]
    return (lines + [""] * rows)[:rows]


def _rule(heading: str, columns: int) -> str:
    return f"── {heading} ".ljust(columns, "─")
