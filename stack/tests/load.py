"""Requests at a fixed rate from one process, and how each of them went."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

LIMIT_SECONDS = 20.0
# Fewer than one client may hold at the proxy. Requests beyond them wait for their turn, and that time is theirs too.
CONNECTIONS = 256


@dataclass(frozen=True)
class Shot:
    """A request and the status that it deserves; ``kind`` groups the outcomes."""

    kind: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    status: int = 200


@dataclass(frozen=True)
class Outcome:
    """How a request went: seconds from when it was due to the last byte, and what was wrong, if anything.

    ``again``: how often it was sent anew because its connection was closed before an answer began.
    """

    kind: str
    due: float
    seconds: float
    wrong: str = ""
    again: int = 0


@dataclass(frozen=True)
class Salvo:
    """All outcomes; ``late`` is by how many seconds the generator itself fell behind at worst."""

    outcomes: Sequence[Outcome]
    seconds: float
    late: float

    @property
    def rate(self) -> float:
        """Requests a second that were really sent."""
        return len(self.outcomes) / self.seconds

    @property
    def failures(self) -> Counter[str]:
        """What went wrong, and how often."""
        return Counter(f"{outcome.kind}: {outcome.wrong}" for outcome in self.outcomes if outcome.wrong)


async def fire(
    base: str,
    shots: Iterable[Shot],
    rate: float,
    *,
    trust: ssl.SSLContext | bool = True,
    seconds: float,
    enough: asyncio.Event | None = None,
) -> Salvo:
    """Send the shots in turn, ``rate`` a second, for so many seconds or until ``enough``, and wait for all answers.

    The rate does not wait for answers, and a request's time counts from when it was due: a site that stalls is not
    spared the requests that would have come meanwhile.
    """
    tasks: list[asyncio.Task[Outcome]] = []
    endless, late = itertools.cycle(shots), 0.0
    timeout = aiohttp.ClientTimeout(total=LIMIT_SECONDS)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=trust)
    async with aiohttp.ClientSession(base, connector=connector, timeout=timeout) as session:
        began = time.monotonic()
        for number in itertools.count():
            due = began + number / rate
            if due - began >= seconds or (enough and enough.is_set()):
                break
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            late = max(late, time.monotonic() - due)
            tasks.append(asyncio.create_task(_send(session, next(endless), due)))
        taken = time.monotonic() - began
        return Salvo(await asyncio.gather(*tasks), taken, late)


async def capacity(
    base: str, shots: Sequence[Shot], *, trust: ssl.SSLContext | bool = True, abreast: int = 32, count: int = 800
) -> float:
    """Requests a second that the site answers on this machine when ``abreast`` clients ask one after the other."""
    timeout, left = aiohttp.ClientTimeout(total=LIMIT_SECONDS), itertools.islice(itertools.cycle(shots), count)
    connector = aiohttp.TCPConnector(limit=abreast, ssl=trust)

    async def client(session: aiohttp.ClientSession) -> int:
        return sum([not (await _send(session, shot, time.monotonic())).wrong for shot in left])

    async with aiohttp.ClientSession(base, connector=connector, timeout=timeout) as session:
        began = time.monotonic()
        good = await asyncio.gather(*(client(session) for _ in range(abreast)))
        return sum(good) / (time.monotonic() - began)


async def _send(session: aiohttp.ClientSession, shot: Shot, due: float) -> Outcome:
    wrong, again = "", 0
    while True:
        try:
            wrong = await _wrong(session, shot)
        except aiohttp.ServerDisconnectedError as error:
            # A proxy that reloads closes idle connections, and a request may be on its way in one. Browsers send it
            # anew when that changes nothing (RFC 9110, 9.2.2); no more often than there are such connections.
            if shot.method == "GET" and again < CONNECTIONS:
                again += 1
                continue
            wrong = f"{type(error).__name__} {error}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            wrong = f"{type(error).__name__} {error}"
        return Outcome(shot.kind, due, time.monotonic() - due, wrong, again)


async def _wrong(session: aiohttp.ClientSession, shot: Shot) -> str:
    """What is wrong with the answer; "" for nothing."""
    async with session.request(shot.method, shot.path, headers=shot.headers, json=shot.body) as answer:
        text = await answer.read()
        return "" if answer.status == shot.status else f"{answer.status} {text[:200]!r}"
