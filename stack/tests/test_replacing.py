"""The backend is replaced, start first, while 200 requests a second come in through the proxy."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stack.tests.harness import Site, docker, until
from stack.tests.load import Salvo, Shot, fire

pytestmark = pytest.mark.engine

RATE, SECONDS = 200.0, 30.0


def shots(site: Site) -> list[Shot]:
    """Twenty requests as a panel and a pipeline send them: a tenth of them records something."""
    operator = site.login("operator").bearer
    recorded = site.new_deployment()["id"]
    body: dict[str, Any] = {"service": "backend", "revision": "replaced", "environment": "staging"}
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


async def under_load(site: Site) -> tuple[Salvo, str, str]:
    """The load, and a replacement that begins and ends while it lasts."""
    load = asyncio.create_task(fire(site.origin, shots(site), RATE, trust=site.trust, seconds=SECONDS))
    old, new = await asyncio.to_thread(replace, site)
    assert not load.done(), f"the replacement took more than {SECONDS:.0f} s"
    return await load, old, new


async def test_replacing_the_backend_under_200_requests_a_second_loses_none(site: Site, record_property: Any) -> None:
    salvo, old, new = await under_load(site)
    record_property("requests", len(salvo.outcomes))
    record_property("rate", round(salvo.rate, 1))
    assert old != new
    assert salvo.failures == {}
    assert salvo.rate >= RATE * 0.95, f"only {salvo.rate:.0f} requests a second were sent: too few to prove it"
    until(lambda: len(site.containers("backend")) == 1, 10, "one backend is left")
    created = sum(outcome.kind == "create" for outcome in salvo.outcomes)
    stored = int(site.psql("select count(*) from deployments where revision = 'replaced'"))
    assert stored == created, "a request that was answered once was carried out twice, or not at all"
