"""Idempotency keys over a real PostgreSQL: one request, one deployment, however often it is sent."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from viworks_people import GOOD, Believing, application, asking, count, create_accounts, move
from viworks_stores import Stores

from viworks.database import Database
from viworks.deployments import routes
from viworks.tables import audit_log, deployments, idempotency_keys

pytestmark = pytest.mark.engine

KEY = {"Idempotency-Key": "8c4b1f6e-0a57-4d0e-9d3c-6a1f0c2b7e55"}


@pytest.fixture
async def app(database: Database) -> AsyncIterator[FastAPI]:
    await create_accounts(database)
    yield application(routes.routes(database, Believing()))


async def test_without_its_audit_entry_no_change_and_no_key_is_kept(
    app: FastAPI, database: Database, stores: Stores
) -> None:
    columns = "actor, address, action, subject, outcome, details, request_id"
    stores.superuser(f"revoke insert ({columns}) on audit_log from viworks_app")
    async with asking(app, "ada") as client:
        try:
            assert (await client.post("/api/deployments", json=GOOD, headers=KEY)).status_code == 500
        finally:
            stores.superuser(f"set role viworks_owner; grant insert ({columns}) on audit_log to viworks_app")
        assert await count(database, deployments) == 0
        answer = await client.post("/api/deployments", json=GOOD, headers=KEY)
    assert (answer.status_code, "idempotency-replayed" in answer.headers) == (201, False)


async def test_a_request_with_the_same_key_gets_the_first_answer_and_changes_nothing(
    app: FastAPI, database: Database
) -> None:
    async with asking(app, "ada") as client:
        first = await client.post("/api/deployments", json=GOOD, headers=KEY)
        await move(app, 1, "running", '"1"')
        again = await client.post("/api/deployments", json=GOOD | {"notes": ""}, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["location"] == first.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count(database, deployments) == 1
    assert await count(database, audit_log) == 2


async def test_a_key_with_another_body_is_refused(app: FastAPI, database: Database) -> None:
    async with asking(app, "ada") as client:
        await client.post("/api/deployments", json=GOOD, headers=KEY)
        answer = await client.post("/api/deployments", json=GOOD | {"revision": "other"}, headers=KEY)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "header.Idempotency-Key"
    assert await count(database, deployments) == 1


async def test_many_requests_with_one_key_at_once_make_one_deployment(app: FastAPI, database: Database) -> None:
    async with asking(app, "ada") as client:
        sent = (client.post("/api/deployments", json=GOOD, headers=KEY) for _ in range(12))
        answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await count(database, deployments) == 1


async def test_a_key_belongs_to_its_account(app: FastAPI) -> None:
    async with asking(app, "ada") as ada, asking(app, "bob") as bob:
        first = await ada.post("/api/deployments", json=GOOD, headers=KEY)
        second = await bob.post("/api/deployments", json=GOOD, headers=KEY)
    assert (first.json()["who"], second.json()["who"]) == ("ada", "bob")


async def test_a_key_is_forgotten_after_a_day(app: FastAPI, stores: Stores) -> None:
    async with asking(app, "ada") as client:
        await client.post("/api/deployments", json=GOOD, headers=KEY)
        stores.superuser("update idempotency_keys set created_at = now() - interval '23 hours 59 minutes'")
        assert (await client.post("/api/deployments", json=GOOD, headers=KEY)).json()["id"] == 1
        stores.superuser("update idempotency_keys set created_at = now() - interval '24 hours 1 minute'")
        assert (await client.post("/api/deployments", json=GOOD, headers=KEY)).json()["id"] == 2
        assert (await client.post("/api/deployments", json=GOOD, headers=KEY)).json()["id"] == 2


async def test_old_keys_are_swept_a_few_at_a_time(app: FastAPI, database: Database, stores: Stores) -> None:
    stores.superuser(
        "insert into idempotency_keys (account_id, key, request_hash, created_at)"
        " select 1, 'old-' || n, sha256(''), now() - interval '2 days' from generate_series(1, 30) as n"
    )
    async with asking(app, "ada") as client:
        await client.post("/api/deployments", json=GOOD, headers=KEY)
        assert await count(database, idempotency_keys) == 11
        await client.post("/api/deployments", json=GOOD, headers={"Idempotency-Key": "another-key"})
    assert await count(database, idempotency_keys) == 2


@pytest.mark.parametrize("key", ["short", "a" * 129, "white space in it", "'; drop table deployments; --"])
async def test_a_key_that_cannot_be_one_is_refused(app: FastAPI, key: str) -> None:
    async with asking(app, "ada") as client:
        answer = await client.post("/api/deployments", json=GOOD, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
