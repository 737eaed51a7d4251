"""From what is known of a running stack to the signs that alerts are made of. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from msgspec import structs

from flawless.model.alerts import Around, Level, Sign
from flawless.model.board import Board, Lane
from flawless.model.settings import WatchSettings
from flawless.model.standing import ServiceStanding, Standing

_MINUTES_10 = 600.0
_ANSWERS = 10
_FAILED = 3
_MB = 1_000_000
_LEVELS = {
    Standing.FAULTY: Level.BAD,
    Standing.STARTING: Level.BETWEEN,
    Standing.UNKNOWN: Level.UNKNOWN,
}


def signs(board: Board, around: Around, limits: WatchSettings) -> tuple[Sign, ...]:
    """All signs of one look; what the engine does not tell is unknown, whatever was known before."""
    lost = board.notes[0].removeprefix("? ") if board.notes else ""
    found = [_engine(board, lost), *_site(board, limits), _disk(board, around, limits)]
    if around.certificate_days is not None or "certificate" in around.unseen:
        found.append(_certificate(board, around, limits))
    told = [_service(service) for service in board.services]
    killed = {one.container: one.at for one in board.events if one.action == "oom"}
    told += [sign for lane in board.lanes for sign in _lane(lane, board, killed.get(lane.name, 0.0), limits)]
    return (*found, *([structs.replace(sign, level=Level.UNKNOWN, said=lost) for sign in told] if lost else told))


def _engine(board: Board, lost: str) -> Sign:
    level, said = (Level.BAD, lost) if lost else (Level.GOOD, "the engine answers")
    return Sign(key="engine", subject=board.stack, level=level, said=said, do="flawless doctor", after=10, until=10)


def _site(board: Board, limits: WatchSettings) -> Iterator[Sign]:
    """Whether the last requests through the proxy were answered, and how fast."""
    if not board.target:
        return
    last = board.beats[-_ANSWERS:]
    failed = [beat for beat in last if beat.failure]
    what = f"{len(failed)} of the last {len(last)} requests to {board.target} failed"
    said = f"{what}: {failed[-1].failure}" if failed else what
    level = Level.BAD if len(failed) >= _FAILED else Level.GOOD if not failed else Level.BETWEEN
    do = "flawless diagnose"
    yield Sign(key="site", subject=board.stack, level=level if last else Level.UNKNOWN, said=said, do=do)
    answered = [beat.seconds for beat in board.beats if not beat.failure]
    usual = median(answered) if answered else 0.0
    yield Sign(
        key="slow",
        subject=board.stack,
        level=_above(usual, limits.slow, limits.slow / 2) if answered else Level.UNKNOWN,
        said=f"half of the last {len(answered)} requests took longer than {usual:.2f} s, {limits.slow:g} s are allowed",
        do="flawless top",
        after=30,
        until=30,
    )


def _disk(board: Board, around: Around, limits: WatchSettings) -> Sign:
    do = "docker system df"
    if around.disk_free is None or not around.disk_total:
        said = around.unseen.get("disk", "not looked yet")
        return Sign(key="disk", subject=board.stack, level=Level.UNKNOWN, said=said, do=do)
    used = 1 - around.disk_free / around.disk_total
    said = f"the engine's disk is {used:.0%} full, {around.disk_free / _MB:,.0f} MB are free"
    full = 1 - limits.disk
    return Sign(key="disk", subject=board.stack, level=_above(used, full, full - limits.disk / 2), said=said, do=do)


def _certificate(board: Board, around: Around, limits: WatchSettings) -> Sign:
    days, do = around.certificate_days, "renew it, then reload the proxy"
    if days is None:
        said = around.unseen["certificate"]
        return Sign(key="certificate", subject=board.stack, level=Level.UNKNOWN, said=said, do=do)
    level = Level.BAD if days < limits.certificate_days else Level.GOOD
    said = f"the certificate is valid for {days:.0f} more days, {limits.certificate_days:g} are wanted"
    return Sign(key="certificate", subject=board.stack, level=level, said=said, do=do)


def _service(service: ServiceStanding) -> Sign:
    level = _LEVELS.get(service.standing, Level.GOOD)
    do = f"flawless diagnose {service.name}"
    return Sign(key="service", subject=service.name, level=level, said=service.why, do=do, after=10, until=10)


def _lane(lane: Lane, board: Board, killed: float, limits: WatchSettings) -> Iterator[Sign]:
    if not lane.started_at:
        return
    if lane.memory_limit:
        yield _memory(lane, limits)
    if lane.cpu_limit:
        yield _throttling(lane, limits)
    yield _restarts(lane, board)
    yield _killed(lane, board.at - killed)


def _restarts(lane: Lane, board: Board) -> Sign:
    ago = board.at - lane.started_at
    recent = lane.restarts > 0 and ago < _MINUTES_10
    said = f"restarted {lane.restarts} times, the last time {ago:.0f} s ago" if recent else "runs on"
    level = Level.BAD if recent else Level.GOOD
    return Sign(key="restarts", subject=lane.name, level=level, said=said, do=f"flawless diagnose {lane.service}")


def _killed(lane: Lane, ago: float) -> Sign:
    recent = ago < _MINUTES_10
    said = "a process was killed for want of memory" if recent else "no process was killed of late"
    level = Level.BAD if recent else Level.GOOD
    return Sign(key="oom", subject=lane.name, level=level, said=said, do=f"flawless diagnose {lane.service}")


def _memory(lane: Lane, limits: WatchSettings) -> Sign:
    used = lane.ticks[-1].memory if lane.ticks else 0
    share = used / lane.memory_limit
    said = f"{used / _MB:,.0f} of {lane.memory_limit / _MB:,.0f} MB in use ({share:.0%})"
    sign = Sign(key="memory", subject=lane.name, level=Level.GOOD, said=said, do="flawless top", after=30, until=60)
    return _measured(sign, lane, _above(share, limits.memory, limits.memory - 0.1))


def _throttling(lane: Lane, limits: WatchSettings) -> Sign:
    """Of the periods since the oldest reading, how many it had to wait in (cgroups(7), cpu.stat)."""
    first, last = (lane.ticks[0], lane.ticks[-1]) if lane.ticks else (None, None)
    periods = last.periods - first.periods if first and last else 0
    waited = last.throttled - first.throttled if first and last else 0
    share = waited / periods if periods > 0 else 0.0
    said = f"waited for its limit of {lane.cpu_limit:g} CPU in {share:.0%} of the time slices"
    sign = Sign(key="cpu", subject=lane.name, level=Level.GOOD, said=said, do="flawless top", after=60, until=60)
    return _measured(sign, lane, _above(share, limits.throttled, limits.throttled / 2))


def _measured(sign: Sign, lane: Lane, level: Level) -> Sign:
    """The sign with its level; unknown where there is no reading to tell it from."""
    why = lane.unread or ("" if lane.ticks else "no reading yet")
    return structs.replace(sign, level=Level.UNKNOWN, said=why) if why else structs.replace(sign, level=level)


def _above(value: float, bad: float, good: float) -> Level:
    return Level.BAD if value >= bad else Level.GOOD if value < good else Level.BETWEEN
