"""Steady requests through the proxy while a deploy goes on: what its users would have seen."""

from __future__ import annotations

import asyncio
import contextlib
import math
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from msgspec import Struct

from flawless.model.observed import Latency, PathLatency, Stretch
from flawless.model.plan import Phase, Traffic, TrafficCourse

if TYPE_CHECKING:
    import aiohttp

REQUEST_TIMEOUT = 5.0
OTHERS_RATE = 2.0
_MOST_OTHERS = 8
_SERVER_FAULT = 500
_AROUND = 60.0
_MOST_STRETCHES = 300


class Shot(Struct, frozen=True):
    """One request: when it began and how long it took (seconds), and why it failed ("" if it did not)."""

    at: float
    seconds: float
    failure: str


class Mark(Struct, frozen=True):
    """A moment to measure from: its time, and how many requests there were before."""

    at: float
    shots: int = 0
    others: Mapping[str, int] = {}


class Prober:
    """Sends ``rate`` requests a second, each over a connection of its own, until it is stopped."""

    def __init__(self, url: str, *, rate: float, ca: str = "", host: str = "") -> None:
        self.url = url
        self._pause = 1.0 / rate
        self._ca = ca
        self._headers = {"Host": host} if host else {}
        self._shots: list[Shot] = []
        self._others: dict[str, list[Shot]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End, requests in flight included."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def ask_also(self, paths: Iterable[str]) -> None:
        """From now on ask these paths of the same site too, at most eight, OTHERS_RATE times a second each."""
        for path in list(dict.fromkeys(paths))[:_MOST_OTHERS]:
            if (url := urljoin(self.url, path)) != self.url:
                self._others.setdefault(url, [])

    def mark(self) -> Mark:
        """A moment to measure from."""
        return Mark(time.monotonic(), len(self._shots), {url: len(shots) for url, shots in self._others.items()})

    def latest(self, number: int) -> tuple[Shot, ...]:
        """The newest requests, the oldest of them first. Those before are forgotten, and with them every mark."""
        del self._shots[:-number]
        return tuple(self._shots)

    def traffic(self, switch: tuple[float, float] | None = None) -> Traffic:
        """All of it so far, parted by begin and end of the switch (seconds since the epoch) when there was one."""
        shots = sorted(self._shots, key=lambda shot: shot.at)
        before, during, after = _parted(shots, *switch) if switch else (None, None, None)
        failures = [shot.failure for shot in shots if shot.failure]
        times = sorted(shot.seconds for shot in shots if not shot.failure)
        return Traffic(
            requests=len(shots),
            failed=len(failures),
            longest_gap_ms=round(longest_gap(shots) * 1000, 1),
            p50_ms=_ms(times, 0.50),
            p99_ms=_ms(times, 0.99),
            target=self.url,
            first_failure=failures[0] if failures else "",
            before=before,
            during=during,
            after=after,
            course=_through(shots, switch),
        )

    def latency(self, since: Mark, width: float = 0.0) -> Latency:
        """The requests since a mark; ``width`` are the seconds of each stretch of its course, 0 for no course."""
        shots = self._shots[since.shots :]
        others = {url: found[since.others.get(url, 0) :] for url, found in self._others.items()}
        every = sorted((shot for found in (shots, *others.values()) for shot in found), key=lambda shot: shot.at)
        failures = [shot.failure for shot in every if shot.failure]
        p50, p95, p99 = _shares(shots, 0.50, 0.95, 0.99)
        return Latency(
            target=self.url,
            samples=len(shots),
            failed=_failed(shots),
            p50_ms=p50,
            p95_ms=p95,
            p99_ms=p99,
            paths=tuple(_of_path(url, found) for url, found in others.items()),
            course=tuple(_course(shots, since.at, width)) if width else (),
            first_failure=failures[0] if failures else "",
        )

    async def _run(self) -> None:
        import aiohttp

        trust = ssl.create_default_context(cafile=self._ca or None) if self.url.startswith("https") else True
        connector = aiohttp.TCPConnector(ssl=trust, force_close=True, limit=0)
        timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT)
        client = aiohttp.ClientSession(connector=connector, timeout=timeout)
        async with client as session, asyncio.TaskGroup() as group:
            group.create_task(self._run_others(session, group))
            while True:
                group.create_task(self._shoot(session, self.url, self._shots))
                await asyncio.sleep(self._pause)

    async def _run_others(self, session: aiohttp.ClientSession, group: asyncio.TaskGroup) -> None:
        while True:
            for url, shots in list(self._others.items()):
                group.create_task(self._shoot(session, url, shots))
            await asyncio.sleep(1 / OTHERS_RATE)

    async def _shoot(self, session: aiohttp.ClientSession, url: str, shots: list[Shot]) -> None:
        import aiohttp

        at = time.monotonic()
        failure = ""
        try:
            async with session.get(url, headers=self._headers, allow_redirects=False) as answer:
                await answer.read()
                failure = f"status {answer.status}" if answer.status >= _SERVER_FAULT else ""
        except TimeoutError:
            failure = f"no answer within {REQUEST_TIMEOUT:.0f} s"
        except (aiohttp.ClientError, OSError) as error:
            failure = str(error) or type(error).__name__
        shots.append(Shot(at, time.monotonic() - at, failure))


def _parted(shots: list[Shot], began: float, ended: float) -> tuple[Phase, Phase, Phase]:
    """The shots before, during and after the switch, each counted where it was sent."""
    offset = time.time() - time.monotonic()
    sent = [(shot.at + offset, shot) for shot in shots]
    return (
        phase([shot for at, shot in sent if at < began]),
        phase([shot for at, shot in sent if began <= at <= ended]),
        phase([shot for at, shot in sent if at > ended]),
    )


def _through(shots: list[Shot], switch: tuple[float, float] | None) -> TrafficCourse | None:
    """The course from a minute before the switch to a minute after it, in stretches of whole seconds."""
    offset = time.time() - time.monotonic()
    first, last = (switch[0] - _AROUND, switch[1] + _AROUND) if switch else (-math.inf, math.inf)
    near = [shot for shot in shots if first <= shot.at + offset <= last]
    if not near:
        return None
    began = near[0].at
    width = float(max(1, math.ceil((near[-1].at - began + 1) / _MOST_STRETCHES)))
    moved = (round(switch[0] - offset - began, 2), round(switch[1] - offset - began, 2)) if switch else None
    return TrafficCourse(round(began + offset, 3), width, tuple(_course(near, began, width)), moved)


def phase(shots: list[Shot]) -> Phase:
    """Counts and times of some shots."""
    times = sorted(shot.seconds for shot in shots if not shot.failure)
    return Phase(len(shots), sum(bool(shot.failure) for shot in shots), _ms(times, 0.50), _ms(times, 0.99))


def longest_gap(shots: list[Shot]) -> float:
    """Seconds of the longest time in which requests failed: from the last good one before to the next good one after.

    0 when none failed; a failure that no good answer follows counts up to the last shot.
    """
    longest, began, last_good, end = 0.0, None, shots[0].at if shots else 0.0, 0.0
    for shot in shots:
        if shot.failure:
            began = last_good if began is None else began
            end = max(end, shot.at + shot.seconds)
        else:
            if began is not None:
                longest = max(longest, shot.at - began)
            began, last_good = None, shot.at
    return longest if began is None else max(longest, end - began)


def _ms(times: list[float], share: float) -> float | None:
    return round(times[min(len(times) - 1, int(len(times) * share))] * 1000, 2) if times else None


def _failed(shots: list[Shot]) -> int:
    return sum(bool(shot.failure) for shot in shots)


def _shares(shots: list[Shot], *shares: float) -> tuple[float, ...]:
    """Milliseconds within which these shares of the answers came; 0 when none did."""
    times = sorted(shot.seconds for shot in shots if not shot.failure)
    return tuple(_ms(times, share) or 0.0 for share in shares)


def _of_path(url: str, shots: list[Shot]) -> PathLatency:
    return PathLatency(url, len(shots), _failed(shots), *_shares(shots, 0.50, 0.95))


def _course(shots: list[Shot], start: float, width: float) -> Iterator[Stretch]:
    stretches: dict[int, list[Shot]] = {}
    for shot in shots:
        stretches.setdefault(max(0, int((shot.at - start) / width)), []).append(shot)
    for number, found in sorted(stretches.items()):
        failed, (p50, p95) = _failed(found), _shares(found, 0.50, 0.95)
        yield Stretch(round((number + 1) * width, 1), len(found) - failed, failed, p50, p95)
