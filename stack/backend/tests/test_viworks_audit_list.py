"""The route of the audit log over a real PostgreSQL."""

from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import pytest
from fastapi import FastAPI
from viworks_people import Believing, application, asking
from viworks_stores import Stores

from viworks.audit import routes
from viworks.audit.record import Entry, Outcome, record
from viworks.database import Database

pytestmark = pytest.mark.engine

OUTCOMES: tuple[Outcome, ...] = ("success", "failure")


@pytest.fixture
async def app(database: Database) -> AsyncIterator[FastAPI]:
    """With 16 entries: every combination of two actors, actions, subjects and outcomes."""
    combinations = product((None, "ada"), ("login", "logout"), ("account:ada", "account:bob"), OUTCOMES)
    for actor, action, subject, outcome in combinations:
        async with database.transaction() as connection:
            entry = Entry(actor, "192.0.2.7", action, subject, outcome, {"n": [1, None]}, "request-1")
            await record(connection, entry)
    yield application(routes.routes(database, Believing()))


async def listed(app: FastAPI, **query: str | int) -> dict[str, Any]:
    async with asking(app, "root") as client:
        answer = await client.get("/api/audit", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_it_is_for_admins(app: FastAPI) -> None:
    for who, status in (("", 401), ("ada", 403), ("eve", 403), ("root", 200)):
        async with asking(app, who) as client:
            assert (await client.get("/api/audit")).status_code == status


async def test_an_entry_is_told_in_full(app: FastAPI, stores: Stores) -> None:
    first = (await listed(app))["items"][-1]
    at = first.pop("at")
    assert at.endswith("Z")
    assert first == {
        "seq": 1,
        "actor": None,
        "address": "192.0.2.7",
        "action": "login",
        "subject": "account:ada",
        "outcome": "success",
        "details": {"n": [1, None]},
        "request_id": "request-1",
        "hash": stores.superuser("select encode(hash, 'hex') from audit_log where seq = 1").strip(),
    }


async def test_every_combination_of_filters_gives_what_it_names(app: FastAPI) -> None:
    everything = (await listed(app))["items"]
    assert [item["seq"] for item in everything] == list(range(16, 0, -1))
    choices = {
        "actor": ("ada", None),
        "action": ("logout", None),
        "subject": ("account:bob", None),
        "outcome": ("failure", None),
    }
    for chosen in product(*choices.values()):
        query = {name: value for name, value in zip(choices, chosen, strict=True) if value}
        fitting = [item for item in everything if all(item[name] == value for name, value in query.items())]
        assert (await listed(app, **query))["items"] == fitting


async def test_times_bound_the_list(app: FastAPI) -> None:
    items = (await listed(app))["items"]
    since, until = items[9]["at"], items[4]["at"]
    assert (await listed(app, since=since, until=until))["items"] == items[5:10]


async def test_the_pages_join_without_a_gap(app: FastAPI) -> None:
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(4):
        page = await listed(app, limit=5, **({"cursor": cursor} if cursor else {}))
        seen += [item["seq"] for item in page["items"]]
        cursor = page["next"]
    assert (seen, cursor) == (list(range(16, 0, -1)), None)


async def test_what_nobody_did_is_an_empty_list(app: FastAPI) -> None:
    for query in ({"actor": "nobody"}, {"action": "'; drop table audit_log; --"}, {"subject": "é🙂"}):
        assert await listed(app, **query) == {"items": [], "next": None}


async def test_an_empty_log_is_an_empty_list(app: FastAPI, stores: Stores) -> None:
    await stores.empty()
    assert await listed(app) == {"items": [], "next": None}


@pytest.mark.parametrize(
    "query",
    [
        "actor=",
        "actor=%00",
        "action=" + "a" * 65,
        "subject=" + "a" * 129,
        "outcome=maybe",
        "seq=1",
        "since=x",
        "limit=0",
    ],
)
async def test_a_wrong_query_is_refused(app: FastAPI, query: str) -> None:
    async with asking(app, "root") as client:
        assert (await client.get(f"/api/audit?{query}")).status_code == 422
