"""Accounts against real PostgreSQL and Redis: logging in, sessions, users, and what the audit log keeps of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx2 import AsyncClient
from redis.asyncio import Redis
from sqlalchemy import func, select, update
from viworks_backend import SETTINGS, backend, client
from viworks_logins import PASSWORD, authorization, bearer, cookie, log_in, me, refresh
from viworks_stores import Stores

from viworks import settings
from viworks.accounts import sessions, users
from viworks.accounts.passwords import Passwords
from viworks.accounts.revocations import COMPLETE
from viworks.database import Database
from viworks.identity import Role
from viworks.tables import accounts, audit_log, refresh_tokens

pytestmark = pytest.mark.engine

NEXT = "amber-Boat-77-candle"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ROLES = {"root": Role.ADMIN, "ada": Role.OPERATOR, "eve": Role.VIEWER}


@pytest.fixture
async def application(stores: Stores, database: Database) -> AsyncIterator[FastAPI]:
    """With the accounts of ROLES. Their hashes are quick ones, as of older parameters."""
    kept = await Passwords(QUICK).hash(PASSWORD)
    async with database.transaction() as connection:
        for username, role in ROLES.items():
            await users.create(connection, username, kept, role)
    async with backend(database_dsn=stores.dsn("app"), redis_dsn=stores.redis_dsn) as started:
        yield started


@pytest.fixture
async def ask(application: FastAPI) -> AsyncIterator[AsyncClient]:
    async with client(application) as asking:
        yield asking


async def audited(database: Database) -> list[tuple[Any, ...]]:
    """Actor, action, subject, outcome and reason of each entry, oldest first."""
    statement = select(audit_log).order_by(audit_log.c.seq)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    return [(row.actor, row.action, row.subject, row.outcome, row.details.get("reason")) for row in rows]


async def test_logging_in_gives_a_token_and_a_cookie_that_no_script_can_read(ask: AsyncClient) -> None:
    answer = await log_in(ask)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert (body["user"]["username"], body["user"]["role"]) == ("ada", "operator")
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "secure", "samesite=strict", "path=/api/auth"} <= attributes
    shown = (await ask.get("/api/auth/me", headers=authorization(answer))).json()
    assert (shown["id"], shown["username"], shown["role"]) == (body["user"]["id"], "ada", "operator")


async def test_every_failure_has_the_same_words_and_is_audited(ask: AsyncClient, database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(update(accounts).where(accounts.c.username == "eve").values(disabled=True))
    answers = [await log_in(ask, "ada", "wrong"), await log_in(ask, "nobody"), await log_in(ask, "eve")]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert len({answer.text for answer in answers}) == 1
    assert await audited(database) == [
        (None, "auth.login", "account:ada", "failure", "wrong"),
        (None, "auth.login", "account:nobody", "failure", "unknown"),
        (None, "auth.login", "account:eve", "failure", "disabled"),
    ]


async def test_five_wrong_passwords_lock_the_account_for_that_address_alone(
    application: FastAPI, ask: AsyncClient, database: Database
) -> None:
    assert [(await log_in(ask, "ada", "wrong")).status_code for _ in range(6)] == [401] * 5 + [429]
    locked = await log_in(ask, "ada", PASSWORD)
    assert locked.status_code == 429
    assert 0 < int(locked.headers["retry-after"]) <= 900
    assert (await log_in(ask, "eve")).status_code == 200
    async with client(application, "198.51.100.7") as elsewhere:
        assert (await log_in(elsewhere, "ada")).status_code == 200
    assert (None, "auth.login", "account:ada", "failure", "locked") in await audited(database)


async def test_guesses_at_the_same_moment_are_counted_like_guesses_in_a_row(ask: AsyncClient) -> None:
    answers = await asyncio.gather(*(log_in(ask, "ada", f"wrong {number}") for number in range(30)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(401) <= 5
    assert 429 in statuses
    assert set(statuses) <= {401, 429, 503}  # a busy machine may have no connection left in time


async def test_a_guesser_with_many_addresses_locks_the_account(application: FastAPI) -> None:
    statuses = []
    for number in range(31):
        async with client(application, f"198.51.100.{number}") as guesser:
            statuses.append((await log_in(guesser, "ada", "wrong")).status_code)
    assert statuses == [401] * 30 + [429]


async def test_a_lock_survives_a_restart_of_the_backend(stores: Stores, ask: AsyncClient) -> None:
    for _ in range(5):
        await log_in(ask, "ada", "wrong")
    async with backend(database_dsn=stores.dsn("app"), redis_dsn=stores.redis_dsn) as other, client(other) as again:
        assert (await log_in(again)).status_code == 429


async def test_the_right_password_makes_earlier_mistypings_good(ask: AsyncClient) -> None:
    for _ in range(3):
        statuses = [(await log_in(ask, "ada", "wrong")).status_code for _ in range(4)]
        assert statuses == [401] * 4
        assert (await log_in(ask)).status_code == 200


async def test_logins_and_requests_of_one_address_and_one_account_are_limited(stores: Stores, ask: AsyncClient) -> None:
    few = settings.rate({}, "none", "3/minute")
    stored = {"database_dsn": stores.dsn("app"), "redis_dsn": stores.redis_dsn, "jwt_keys": SETTINGS.jwt_keys}
    headers = await bearer(ask)
    async with backend(**stored, login_rate_per_address=few) as limited, client(limited) as asking:
        assert [(await log_in(asking, "eve")).status_code for _ in range(4)] == [200, 200, 200, 429]
    async with backend(**stored, api_rate_per_account=few) as limited:
        statuses = []
        for number in range(4):
            async with client(limited, f"198.51.100.{number}") as asking:
                statuses.append(await me(asking, headers))
        assert statuses == [200, 200, 200, 429]
    async with backend(**stored, api_rate_per_address=few) as limited, client(limited, "203.0.113.5") as asking:
        answers = [await asking.get("/api/auth/me") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_login_renews_a_hash_of_older_parameters(ask: AsyncClient, database: Database) -> None:
    await log_in(ask)
    async with database.reading() as connection:
        account = await users.by_username(connection, "ada")
    assert account is not None
    assert "m=19456,t=2,p=1" in account.password_hash
    assert (await log_in(ask)).status_code == 200


async def test_a_refresh_token_is_good_once_and_only_its_digest_is_kept(ask: AsyncClient, database: Database) -> None:
    first = cookie(await log_in(ask))
    answer = await refresh(ask, first)
    second = cookie(answer)
    assert answer.status_code == 200
    assert second not in {None, first}
    assert await me(ask, authorization(answer)) == 200
    async with database.reading() as connection:
        kept = (await connection.execute(select(refresh_tokens.c.token_hash))).scalars().all()
    assert sorted(map(len, kept)) == [32, 32]


async def test_two_tabs_that_refresh_at_the_same_moment_both_go_on(ask: AsyncClient) -> None:
    token = cookie(await log_in(ask))
    answers = await asyncio.gather(*(refresh(ask, token) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    renewed = [cookie(answer) for answer in answers if cookie(answer)]
    assert len(renewed) == 1
    assert (await refresh(ask, renewed[0])).status_code == 200


async def test_a_refresh_token_that_comes_again_later_ends_its_family(ask: AsyncClient, database: Database) -> None:
    first = cookie(await log_in(ask))
    renewed = await refresh(ask, first)
    long_ago = func.now() - timedelta(seconds=sessions.AGAIN_SECONDS + 1)
    async with database.transaction() as connection:
        used = refresh_tokens.c.used_at.is_not(None)
        await connection.execute(update(refresh_tokens).where(used).values(used_at=long_ago))
    assert (await refresh(ask, first)).status_code == 401
    assert (await refresh(ask, cookie(renewed))).status_code == 401
    assert await me(ask, authorization(renewed)) == 401
    actor, action, subject, outcome, reason = (await audited(database))[-1]
    assert (actor, action, outcome, reason) == (None, "auth.refresh", "failure", "reused")
    assert subject.startswith("session:")


@pytest.mark.parametrize("token", ["", "x", "\u00e9", "a" * 5000, "' or 1=1 --"])
async def test_what_is_no_refresh_token_is_refused(ask: AsyncClient, token: str) -> None:
    headers = {"cookie": f"__Secure-viworks_refresh={token}".encode()}
    assert (await ask.post("/api/auth/refresh", headers=headers)).status_code == 401


async def test_an_expired_session_cannot_be_refreshed(ask: AsyncClient, stores: Stores) -> None:
    token = cookie(await log_in(ask))
    stores.superuser("update sessions set expires_at = now()")
    assert (await refresh(ask, token)).status_code == 401


async def test_logging_out_ends_the_session_at_once(ask: AsyncClient, database: Database) -> None:
    answer = await log_in(ask)
    headers = authorization(answer)
    out = await ask.post("/api/auth/logout", headers=headers)
    assert out.status_code == 204
    assert "max-age=0" in out.headers["set-cookie"].lower()
    assert await me(ask, headers) == 401
    assert (await refresh(ask, cookie(answer))).status_code == 401
    assert (await audited(database))[-1][:2] == ("ada", "auth.logout")


async def test_own_sessions_are_listed_and_ended_and_those_of_others_are_not_there(
    ask: AsyncClient, database: Database
) -> None:
    here, there, stranger = [await bearer(ask), await bearer(ask), await bearer(ask, "eve")]
    listed = (await ask.get("/api/auth/sessions", headers=here)).json()["items"]
    assert [item["current"] for item in listed] == [False, True]
    other = listed[0]["id"]
    assert (await ask.delete(f"/api/auth/sessions/{other}", headers=stranger)).status_code == 404
    assert await me(ask, there) == 200
    assert (await ask.delete(f"/api/auth/sessions/{other}", headers=here)).status_code == 204
    assert await me(ask, there) == 401
    assert (await ask.delete(f"/api/auth/sessions/{other}", headers=here)).status_code == 404
    assert (await audited(database))[-1] == ("ada", "session.end", f"session:{other}", "success", None)


async def test_a_new_password_ends_the_other_sessions(ask: AsyncClient, database: Database) -> None:
    here, there = await bearer(ask), await bearer(ask)
    wrong = {"current_password": "wrong", "new_password": NEXT}
    assert (await ask.post("/api/auth/password", json=wrong, headers=here)).status_code == 403
    right = wrong | {"current_password": PASSWORD}
    assert (await ask.post("/api/auth/password", json=right, headers=here)).status_code == 204
    assert [await me(ask, headers) for headers in (here, there)] == [200, 401]
    assert [(await log_in(ask, "ada", word)).status_code for word in (PASSWORD, NEXT)] == [401, 200]
    entries = [entry[1:] for entry in await audited(database)]
    assert ("password.change", "account:ada", "failure", "wrong") in entries
    assert ("password.change", "account:ada", "success", None) in entries


@pytest.mark.parametrize("new", ["short", "password1234", "PASSWORD1234", "x" * 129])
async def test_a_weak_new_password_is_refused(ask: AsyncClient, new: str) -> None:
    body = {"current_password": PASSWORD, "new_password": new}
    answer = await ask.post("/api/auth/password", json=body, headers=await bearer(ask))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body.new_password"


async def test_guessing_the_current_password_is_limited_like_a_login(ask: AsyncClient) -> None:
    headers = await bearer(ask)
    body = {"current_password": "wrong", "new_password": NEXT}
    answers = [await ask.post("/api/auth/password", json=body, headers=headers) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]


async def test_an_admin_creates_and_changes_accounts(ask: AsyncClient, database: Database) -> None:
    headers = await bearer(ask, "root")
    new = {"username": "bob", "password": NEXT, "role": "viewer"}
    made = await ask.post("/api/users", json=new, headers=headers)
    assert made.status_code == 201
    assert "password" not in made.text
    assert (await ask.post("/api/users", json=new, headers=headers)).status_code == 409
    bob, number = await bearer(ask, "bob", NEXT), made.json()["id"]
    changed = await ask.patch(f"/api/users/{number}", json={"role": "operator"}, headers=headers)
    assert (changed.status_code, changed.json()["role"]) == (200, "operator")
    assert await me(ask, bob) == 401
    disabled = await ask.patch(f"/api/users/{number}", json={"disabled": True}, headers=headers)
    assert disabled.json()["disabled"] is True
    assert (await log_in(ask, "bob", NEXT)).status_code == 401
    assert (await ask.patch("/api/users/999", json={"disabled": True}, headers=headers)).status_code == 404
    actions = [entry[:3] for entry in await audited(database) if entry[1].startswith("user.")]
    assert actions == [("root", action, "account:bob") for action in ("user.create", "user.update", "user.update")]


async def test_an_admin_sets_a_new_password_and_the_audit_log_does_not_tell_it(
    ask: AsyncClient, database: Database
) -> None:
    headers, ada = await bearer(ask, "root"), await bearer(ask)
    number = (await ask.get("/api/auth/me", headers=ada)).json()["id"]
    assert (await ask.patch(f"/api/users/{number}", json={"password": NEXT}, headers=headers)).status_code == 200
    assert await me(ask, ada) == 401
    assert (await log_in(ask, "ada", NEXT)).status_code == 200
    async with database.reading() as connection:
        details = (await connection.execute(select(audit_log.c.details))).scalars().all()
    assert {"password": "changed"} in details
    assert "argon2" not in str(details)


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"disabled": True}])
async def test_the_last_admin_stays(ask: AsyncClient, change: dict[str, Any]) -> None:
    headers = await bearer(ask, "root")
    number = (await ask.get("/api/auth/me", headers=headers)).json()["id"]
    assert (await ask.patch(f"/api/users/{number}", json=change, headers=headers)).status_code == 409
    second = {"username": "second", "password": NEXT, "role": "admin"}
    await ask.post("/api/users", json=second, headers=headers)
    assert (await ask.patch(f"/api/users/{number}", json=change, headers=headers)).status_code == 200


async def test_two_admins_cannot_demote_each_other_at_the_same_moment(ask: AsyncClient) -> None:
    headers = await bearer(ask, "root")
    new = {"username": "second", "password": NEXT, "role": "admin"}
    other = (await ask.post("/api/users", json=new, headers=headers)).json()["id"]
    own = (await ask.get("/api/auth/me", headers=headers)).json()["id"]
    theirs = await bearer(ask, "second", NEXT)
    answers = await asyncio.gather(
        ask.patch(f"/api/users/{other}", json={"role": "viewer"}, headers=headers),
        ask.patch(f"/api/users/{own}", json={"role": "viewer"}, headers=theirs),
    )
    left = await log_in(ask, "root"), await log_in(ask, "second", NEXT)
    assert [answer.json()["user"]["role"] for answer in left].count("admin") == 1
    first, second = sorted(answer.status_code for answer in answers)
    assert first == 200
    assert second in {401, 409}


@pytest.mark.parametrize("body", [{}, {"role": None}, {"role": "root"}, {"disabled": "yes"}, {"username": "x"}])
async def test_a_change_that_is_none_is_refused(ask: AsyncClient, body: dict[str, Any]) -> None:
    answer = await ask.patch("/api/users/1", json=body, headers=await bearer(ask, "root"))
    assert answer.status_code == 422


@pytest.mark.parametrize("username", ["ada", "eve"])
async def test_only_admins_see_the_accounts(ask: AsyncClient, username: str) -> None:
    headers = await bearer(ask, username)
    new = {"username": "bob", "password": NEXT, "role": "admin"}
    for answer in (
        await ask.get("/api/users", headers=headers),
        await ask.post("/api/users", json=new, headers=headers),
        await ask.patch("/api/users/1", json={"role": "admin"}, headers=headers),
        await ask.get("/api/audit", headers=headers),
    ):
        assert answer.status_code == 403


async def test_the_accounts_come_in_pages(ask: AsyncClient) -> None:
    headers = await bearer(ask, "root")
    first = (await ask.get("/api/users?limit=2", headers=headers)).json()
    rest = (await ask.get(f"/api/users?limit=2&after={first['next']}", headers=headers)).json()
    assert [item["username"] for item in first["items"] + rest["items"]] == list(ROLES)
    assert rest["next"] is None


async def test_a_redis_that_has_forgotten_everything_lets_no_ended_session_in(ask: AsyncClient, stores: Stores) -> None:
    ended, alive = await bearer(ask), await bearer(ask)
    await ask.post("/api/auth/logout", headers=ended)
    async with Redis(port=stores.redis_port, username="tests", password=stores.admin_password) as redis:
        await redis.flushdb()
    assert [await me(ask, headers) for headers in (ended, alive)] == [401, 200]


async def test_a_redis_that_lost_its_latest_entries_is_told_them_again_within_a_minute(
    ask: AsyncClient, stores: Stores
) -> None:
    ended = await bearer(ask)
    assert await me(ask, ended) == 200
    await ask.post("/api/auth/logout", headers=ended)
    async with Redis(port=stores.redis_port, username="tests", password=stores.admin_password) as redis:
        await redis.delete(*await redis.keys("viworks:ended:*-*"))
        assert 0 < await redis.ttl(COMPLETE) <= 60
        await redis.delete(COMPLETE)  # as after that minute
    assert await me(ask, ended) == 401


async def test_nobody_gets_in_while_redis_is_away_and_nothing_is_changed(
    ask: AsyncClient, stores: Stores, database: Database
) -> None:
    headers = await bearer(ask)
    stored = {"database_dsn": stores.dsn("app"), "jwt_keys": SETTINGS.jwt_keys}
    async with backend(**stored) as cut_off, client(cut_off) as asking:
        for answer in (await log_in(asking), await asking.get("/api/auth/me", headers=headers)):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert await me(ask, headers) == 200
    assert len(await audited(database)) == 1


async def test_the_oldest_sessions_of_an_account_end_when_there_are_too_many(
    ask: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST", 2)
    first, second, third = [await bearer(ask) for _ in range(3)]
    assert [await me(ask, headers) for headers in (first, second, third)] == [401, 200, 200]
