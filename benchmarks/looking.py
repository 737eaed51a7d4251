"""``python -m benchmarks.looking FOLDER WHAT``: how long one kind of look takes, as JSON; the files are read before.

``facts``: the containers, their processes and what they use. ``urls``: 20 pages, the certificate and CORS.
``cost``: what the containers of the stack use of the processors while nothing is done, and while they are verified.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import structs

from flawless.app.gather import gather
from flawless.app.ports import open_ports
from flawless.app.session import Asked, Session, open_session
from flawless.model.facts import Known
from flawless.model.keys import APP_PREFLIGHTS, CONTAINERS, PROCESSES, ROUTES, TLS, USAGE
from flawless.ports.bundle import Target
from flawless.probes.live._services import containers_of

URLS = 20
TIMES = 5
NANO = 1_000_000_000


async def facts(session: Session) -> dict[str, float]:
    """Seconds of a look at the containers, the median of several."""
    return {"seconds": await _median(lambda: _look(session, CONTAINERS, PROCESSES, USAGE))}


async def urls(session: Session) -> dict[str, float]:
    """Seconds of a look at the pages from outside."""
    edge = structs.replace(session.settings.edge, paths=tuple(f"/?page={number}" for number in range(URLS)))
    session = structs.replace(session, settings=structs.replace(session.settings, edge=edge))
    return {"seconds": await _median(lambda: _look(session, ROUTES, TLS, APP_PREFLIGHTS))}


async def cost(session: Session) -> dict[str, float]:
    """Shares of all processors that the containers use."""
    quiet = await _share(session, lambda: asyncio.sleep(5))
    verified = await _share(session, lambda: _verify(session))
    return {"quiet": quiet, "verified": verified}


async def _look(session: Session, *keys: object) -> None:
    found = await gather(Target(session.stack, session.settings, session.ports), keys)  # type: ignore[arg-type]
    told = [fact for fact in found if isinstance(fact.reading, Known)]
    assert told, "nothing was seen"


async def _median(look: Callable[[], Awaitable[None]]) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.monotonic()
        await look()
        taken.append(time.monotonic() - began)
    return sorted(taken)[TIMES // 2]


async def _share(session: Session, work: Callable[[], Awaitable[object]]) -> float:
    before, began = await _spent(session), time.monotonic()
    await work()
    seconds = time.monotonic() - began
    return (await _spent(session) - before) / NANO / seconds / (os.cpu_count() or 1)


async def _spent(session: Session) -> int:
    found = await containers_of(Target(session.stack, session.settings, session.ports))
    engine = session.ports.engine
    told = await asyncio.gather(*(engine.stats(each["Id"]) for one in found.values() for each in one))
    return sum(int(each["cpu_stats"]["cpu_usage"]["total_usage"]) for each in told)


async def _verify(session: Session) -> None:
    argv = (sys.executable, "-m", "flawless", "verify", str(session.root))
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.DEVNULL)
    await process.wait()


async def _main(folder: Path, what: str) -> None:
    async with open_ports() as ports:
        session = await open_session(folder, ports, Asked(), lambda _: None)
        print(json.dumps(await {"facts": facts, "urls": urls, "cost": cost}[what](session)))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]).resolve(), sys.argv[2]))
