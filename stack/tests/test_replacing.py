"""The backend is replaced, start first, while 200 requests a second come in through the proxy.

A machine that cannot carry 200 a second and start a backend beside them would only show that it is overloaded: there
the rate is half of what the site answers, unless FLAWLESS_FULL=1 asks for 200 all the same. One that stands still for
seconds shows as little: then it is replaced again.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from stack.tests.harness import Site, docker, until
from stack.tests.load import Salvo, Shot, capacity, fire
from stack.tests.stalls import Stalls

pytestmark = pytest.mark.engine

RATE, SHARE = 200.0, 0.5
TRIES, STALL = 3, 1.0  # seconds in which neither processor nor disk answered
LONGEST, AFTER = 180.0, 5.0  # seconds of load at most, and those that follow the replacement


def shots(site: Site, revision: str) -> list[Shot]:
    """Twenty requests as a panel and a pipeline send them: a tenth of them records something."""
    operator = site.login("operator").bearer
    recorded = site.new_deployment()["id"]
    body: dict[str, Any] = {"service": "backend", "revision": revision, "environment": "staging"}
    return [
        *(Shot("version", "GET", "/version") for _ in range(6)),
        *(Shot("list", "GET", "/api/deployments?limit=10", operator) for _ in range(7)),
        *(Shot("show", "GET", f"/api/deployments/{recorded}", operator) for _ in range(5)),
        *(Shot("create", "POST", "/api/deployments", operator, body, 201) for _ in range(2)),
    ]


def replace(site: Site) -> tuple[str, str]:
    """What a start-first switch does by hand; ids of the old and of the new backend."""
    (old,) = site.containers("backend")
    site.up("--no-deps", "--no-recreate", "--scale", "backend=2", "backend")
    docker("stop", old)
    docker("rm", old)
    (new,) = site.containers("backend")
    return old, new


async def under_load(site: Site, revision: str) -> tuple[float, Salvo, str, str]:
    """The rate, the load, and a replacement that begins and ends while it lasts."""
    carried = await capacity(site.origin, shots(site, "measured"), trust=site.trust)
    rate = RATE if os.environ.get("FLAWLESS_FULL") else min(RATE, SHARE * carried)
    asked, enough = shots(site, revision), asyncio.Event()
    load = asyncio.create_task(fire(site.origin, asked, rate, trust=site.trust, seconds=LONGEST, enough=enough))
    old, new = await asyncio.to_thread(replace, site)
    await asyncio.wait({load}, timeout=AFTER)
    assert not load.done(), f"the replacement took more than {LONGEST:.0f} s"
    enough.set()
    return rate, await load, old, new


async def test_replacing_the_backend_under_200_requests_a_second_loses_none(
    site: Site, tmp_path: Path, record_property: Any
) -> None:
    for number in range(TRIES):
        revision = f"replaced-{number}"
        with Stalls(tmp_path) as stalls:
            rate, salvo, old, new = await under_load(site, revision)
        if stalls.longest < STALL:
            break
    record_property("requests", len(salvo.outcomes))
    record_property("rate", round(salvo.rate, 1))
    assert old != new
    assert salvo.failures == {}
    assert salvo.rate >= rate * 0.95, f"only {salvo.rate:.0f} requests a second were sent: too few to prove it"
    until(lambda: len(site.containers("backend")) == 1, 10, "one backend is left")
    created = sum(outcome.kind == "create" for outcome in salvo.outcomes)
    stored = int(site.psql(f"select count(*) from deployments where revision = '{revision}'"))
    assert stored == created, "a request that was answered once was carried out twice, or not at all"
