"""The routes of deployments over a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from viworks_people import GOOD, Believing, application, asking, count, create, create_accounts, move
from viworks_stores import Stores

from viworks.database import Database
from viworks.deployments import routes
from viworks.deployments.states import MOVES, State
from viworks.tables import audit_log, deployments

pytestmark = pytest.mark.engine

PROBLEM = "application/problem+json"


@pytest.fixture
async def app(database: Database) -> AsyncIterator[FastAPI]:
    await create_accounts(database)
    yield application(routes.routes(database, Believing()))


async def test_a_created_deployment_says_where_it_is_and_which_version(app: FastAPI) -> None:
    async with asking(app, "ada") as client:
        made = await client.post("/api/deployments", json=GOOD | {"notes": "é\n🙂"})
        shown = await client.get(made.headers["location"])
    assert made.status_code == 201
    assert made.headers["etag"] == shown.headers["etag"] == '"1"'
    assert shown.json() == made.json()
    assert made.json() == GOOD | {
        "id": 1,
        "state": "planned",
        "notes": "é\n🙂",
        "who": "ada",
        "created_at": made.json()["created_at"],
        "updated_at": made.json()["created_at"],
        "version": 1,
    }


async def test_a_viewer_reads_and_creates_nothing(app: FastAPI, database: Database) -> None:
    await create(app)
    async with asking(app, "eve") as client:
        assert (await client.get("/api/deployments")).json()["items"][0]["id"] == 1
        assert (await client.get("/api/deployments/1")).status_code == 200
        assert (await client.post("/api/deployments", json=GOOD)).status_code == 403
    assert (await move(app, 1, "running", '"1"', "eve")).status_code == 403
    assert await count(database, deployments) == 1


async def test_nobody_reads_without_a_token(app: FastAPI) -> None:
    async with asking(app) as client:
        for path in ("/api/deployments", "/api/deployments/1"):
            assert (await client.get(path)).status_code == 401


async def test_an_unknown_deployment_is_404(app: FastAPI) -> None:
    async with asking(app, "root") as client:
        answer = await client.get(f"/api/deployments/{2**63 - 1}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    assert (await move(app, 99, "running", '"1"')).status_code == 404


@pytest.mark.parametrize("number", ["0", "-1", str(2**63), "x", "1%00", "%C0%AF"])
async def test_an_id_that_cannot_be_one_is_refused(app: FastAPI, number: str) -> None:
    async with asking(app, "root") as client:
        assert (await client.get(f"/api/deployments/{number}")).status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"service": ""}, "body.service"),
        ({"service": "Back End"}, "body.service"),
        ({"service": "a" * 64}, "body.service"),
        ({"service": "backend\n"}, "body.service"),
        ({"service": 1}, "body.service"),
        ({"service": None}, "body.service"),
        ({"revision": "<script>"}, "body.revision"),
        ({"revision": "a'; drop table deployments; --"}, "body.revision"),
        ({"revision": "\x00"}, "body.revision"),
        ({"environment": "moon"}, "body.environment"),
        ({"notes": "a" * 1001}, "body.notes"),
        ({"notes": "\x00"}, "body.notes"),
        ({"notes": "\x1b[2J"}, "body.notes"),
        ({"notes": None}, "body.notes"),
        ({"who": "root"}, "body.who"),
        ({"state": "succeeded"}, "body.state"),
    ],
)
async def test_a_wrong_field_is_refused_by_name(
    app: FastAPI, database: Database, change: dict[str, Any], field: str
) -> None:
    async with asking(app, "ada") as client:
        answer = await client.post("/api/deployments", json=GOOD | change)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await count(database, deployments) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"NaN",
        b"\xff\xfe",
        b'{"\\ud800": 1}',
        b'{"service": "\\ud800", "revision": "a", "environment": "production"}',
        b'{"service": "a", "revision": "a", "environment": "production", "notes": "\\ud800"}',
        b"[" * 50_000,
        b'{"service":' * 5_000,
        b"9" * 5_000,
    ],
)
async def test_nothing_sent_makes_it_fall_over(app: FastAPI, body: bytes) -> None:
    async with asking(app, "ada") as client:
        headers = {"content-type": "application/json"}
        answer = await client.post("/api/deployments", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == PROBLEM


async def test_the_longest_notes_fit_into_table_and_notification(app: FastAPI) -> None:
    for character in ("\n", '"', "\\", "é", "🙂", "\u2028"):
        assert (await create(app, notes=character * 1000))["notes"] == character * 1000


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "environment=moon",
        "state=",
        "service=A",
        "who=%00",
        "since=yesterday",
        "since=2026-01-01",
        "since=2026-01-01T00:00:00",
        "until=2026-02-30T00:00:00Z",
        "until=1769860800",
        "cursor=",
        "cursor=1",
        "cursor=1.0",
        "cursor=1.-1",
        "cursor=1.1'--",
        "cursor=99999999999999999999.1",
        "before=1",
        "state=planned&state=running",
    ],
)
async def test_a_wrong_query_is_refused(app: FastAPI, query: str) -> None:
    async with asking(app, "eve") as client:
        answer = await client.get(f"/api/deployments?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)


@pytest.mark.parametrize(
    "query",
    [
        "since=0001-01-01T00:00:00%2B23:59&until=9999-12-31T23:59:59.999999999-23:59",
        "since=2016-12-31T23:59:60Z&until=2999-01-01t00:00:00z",
        "limit=100&cursor=99999999999999999.999999999999999999",
    ],
)
async def test_the_ends_of_the_calendar_are_no_trouble(app: FastAPI, query: str) -> None:
    await create(app)
    async with asking(app, "eve") as client:
        answer = await client.get(f"/api/deployments?{query}")
    assert answer.status_code == 200
    assert len(answer.json()["items"]) == 1


async def test_the_list_is_newest_first_and_its_pages_join_without_a_gap(app: FastAPI) -> None:
    for number in range(7):
        await create(app, revision=f"r{number}", environment=("staging", "production")[number % 2])
    seen: list[str] = []
    cursor: str | None = None
    async with asking(app, "eve") as client:
        for _ in range(3):
            query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/api/deployments", params=query)).json()
            seen += [item["revision"] for item in page["items"]]
            cursor = page["next"]
            await create(app, revision="new")  # what comes meanwhile moves nothing
    assert (seen, cursor) == (["r6", "r5", "r4", "r3", "r2", "r1", "r0"], None)


async def test_a_last_page_that_is_just_full_has_no_next(app: FastAPI) -> None:
    for _ in range(2):
        await create(app)
    async with asking(app, "eve") as client:
        assert (await client.get("/api/deployments?limit=2")).json()["next"] is None
        assert (await client.get("/api/deployments?limit=1")).json()["next"] is not None


async def test_deployments_of_the_same_moment_are_paged_one_by_one(app: FastAPI, stores: Stores) -> None:
    for _ in range(3):
        await create(app)
    stores.superuser("update deployments set created_at = '2026-01-01T00:00:00Z'")
    seen, cursor = [], None
    async with asking(app, "eve") as client:
        for _ in range(3):
            query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/api/deployments", params=query)).json()
            seen.append(page["items"][0]["id"])
            cursor = page["next"]
    assert (seen, cursor) == ([3, 2, 1], None)


async def test_every_combination_of_filters_gives_what_it_names(app: FastAPI, stores: Stores) -> None:
    """The whole list, filtered here, must be what the database filters."""
    people = ("ada", "bob")
    for service, environment, who in product(("a", "b"), ("staging", "production"), people):
        for _ in range(2):
            await create(app, who, service=service, environment=environment)
    stores.superuser("update deployments set state = 'running' where id % 2 = 0")
    stores.superuser("update deployments set created_at = timestamptz '2026-01-01T00:00:00Z' + id * interval '1 hour'")
    choices = {
        "service": ("a", None),
        "environment": ("staging", None),
        "who": ("bob", None),
        "state": ("running", None),
        "since": ("2026-01-01T03:00:00Z", None),
        "until": ("2026-01-01T15:00:00+01:00", None),
    }
    async with asking(app, "eve") as client:
        everything = (await client.get("/api/deployments?limit=100")).json()["items"]
        for chosen in product(*choices.values()):
            query = {name: value for name, value in zip(choices, chosen, strict=True) if value}
            found = (await client.get("/api/deployments", params=query)).json()["items"]
            assert [item["id"] for item in found] == [item["id"] for item in everything if fits(item, query)], query


def fits(item: dict[str, Any], query: dict[str, str]) -> bool:
    """Hours since the first of January are the id."""
    equal = all(item[name] == query[name] for name in ("service", "environment", "who", "state") if name in query)
    return equal and ("since" not in query or item["id"] >= 3) and ("until" not in query or item["id"] < 14)


async def test_a_transition_gives_the_next_version(app: FastAPI) -> None:
    before = await create(app, notes="first")
    answer = await move(app, 1, "running", '"1"')
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    after = answer.json()
    assert after == before | {"state": "running", "version": 2, "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]
    assert (await move(app, 1, "succeeded", 'W/"2"', notes="done")).json()["notes"] == "done"


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
async def test_only_the_known_moves_are_allowed(app: FastAPI, stores: Stores, before: State, after: State) -> None:
    await create(app)
    stores.superuser(f"update deployments set state = '{before}'")
    answer = await move(app, 1, after, '"1"')
    assert answer.status_code == (200 if after in MOVES[before] else 409)


def test_the_moves_are_those_of_the_contract() -> None:
    named = {(str(before), str(after)) for before, following in MOVES.items() for after in following}
    assert named == {
        ("planned", "running"),
        ("planned", "cancelled"),
        ("running", "succeeded"),
        ("running", "failed"),
        ("running", "cancelled"),
        ("succeeded", "rolled-back"),
        ("failed", "rolled-back"),
    }


@pytest.mark.parametrize(
    ("etag", "status"), [(None, 428), ('"2"', 412), ("1", 422), ("*", 422), ('"0"', 422), ('"x"', 422), ("", 422)]
)
async def test_a_transition_without_the_present_version_is_refused(app: FastAPI, etag: str | None, status: int) -> None:
    await create(app)
    answer = await move(app, 1, "running", etag)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)


@pytest.mark.parametrize("body", [{}, {"state": "moon"}, {"state": None}, {"state": "running", "id": 2}])
async def test_a_wrong_transition_is_refused(app: FastAPI, body: dict[str, Any]) -> None:
    await create(app)
    async with asking(app, "ada") as client:
        answer = await client.post("/api/deployments/1/transitions", json=body, headers={"If-Match": '"1"'})
    assert answer.status_code == 422


async def test_of_many_who_move_at_once_one_wins(app: FastAPI, database: Database) -> None:
    await create(app)
    answers = await asyncio.gather(*(move(app, 1, "running", '"1"') for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    async with database.reading() as connection:
        moved = select(func.count()).where(audit_log.c.action == "deployment.transition")
        assert (await connection.execute(moved)).scalar_one() == 1


async def test_an_operator_moves_only_the_own_and_the_attempt_is_recorded(app: FastAPI, database: Database) -> None:
    await create(app, "ada")
    assert (await move(app, 1, "running", '"1"', "bob")).status_code == 403
    async with database.reading() as connection:
        last = (await connection.execute(select(audit_log).order_by(audit_log.c.seq.desc()))).first()
    assert last is not None
    assert (last.actor, last.action, last.subject, last.outcome) == (
        "bob",
        "deployment.transition",
        "deployment:1",
        "failure",
    )
    assert (await move(app, 1, "running", '"1"', "root")).status_code == 200


async def test_every_change_is_in_the_audit_log_with_who_and_which_request(app: FastAPI, database: Database) -> None:
    async with asking(app, "ada") as client:
        await client.post("/api/deployments", json=GOOD, headers={"x-request-id": "request-0001"})
    await move(app, 1, "running", '"1"', "root")
    async with database.reading() as connection:
        first, second = (await connection.execute(select(audit_log).order_by(audit_log.c.seq))).all()
    assert (first.actor, first.action, first.subject, first.outcome, first.request_id) == (
        "ada",
        "deployment.create",
        "deployment:1",
        "success",
        "request-0001",
    )
    assert first.details == GOOD
    assert (second.actor, second.details) == ("root", {"from": "planned", "to": "running", "version": 2})


async def test_without_its_database_the_api_says_so_but_not_what_it_is(stores: Stores) -> None:
    database = Database(f"postgresql://viworks_app:wrong@127.0.0.1:{stores.postgres_port}/viworks")
    await database.open()
    async with asking(application(routes.routes(database, Believing())), "ada") as client:
        for answer in (await client.get("/api/deployments"), await client.post("/api/deployments", json=GOOD)):
            assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
            assert "postgres" not in answer.text
    await database.close()
