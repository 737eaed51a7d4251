"""How PostgreSQL runs the queries over a million rows: by an index, and without walking past rows it does not want."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from viworks_stores import Stores

from viworks.accounts import sessions, users
from viworks.audit import listing
from viworks.database import connect
from viworks.deployments import idempotency, queries
from viworks.deployments.model import Deployment, Filters, Transition
from viworks.deployments.states import State
from viworks.tables import sessions as table

pytestmark = pytest.mark.engine

LIMIT = 50
# Each of the 18 parts of a list (3 environments, 6 states; 9 actions, 2 outcomes) gives at most a page and one.
MOST_ROWS = 18 * (LIMIT + 1) + 2 * (LIMIT + 1)
MOST_PAGES = 5 * MOST_ROWS
# Rows that the conditions of an index let through and a filter throws away. The accounts' statements may meet the
# rows of one account: those are few.
MOST_REMOVED = 200

# Common and rare values, and pairs that never meet: service-1 is deployed by user-1 alone, which also deploys
# others; planned is always staging; user-2 has three deployments, long ago.
SEED = """
set session_replication_role = replica;
insert into accounts (username, password_hash, role)
select 'user-' || n, 'none', case when n % 20000 = 0 then 'admin' else 'operator' end
from generate_series(1, 100000) as n;
insert into sessions (id, account_id, address, user_agent, created_at, expires_at, revoked_at)
select
    md5(n::text)::uuid, 1 + n % 100000, '192.0.2.7', 'browser',
    now() - n * interval '1 second', now() + interval '1 day',
    case when n % 3 = 0 then now() - interval '1 hour' - n * interval '1 second' end
from generate_series(1, 100000) as n;
insert into refresh_tokens (token_hash, session_id)
select sha256(n::text::bytea), md5(n::text)::uuid from generate_series(1, 100000) as n;
insert into idempotency_keys (account_id, key, request_hash, answer, created_at)
select n % 1000, 'key-' || n, sha256(''), '{}', now() - n * interval '1 second' from generate_series(1, 100000) as n;
insert into deployments (service, revision, environment, state, who, created_at)
select
    'service-' || n % 200,
    'r' || n,
    case when n % 1000 = 0 then 'staging' else (array['development', 'staging', 'production'])[1 + n / 7 % 3] end,
    case when n % 1000 = 0 then 'planned' else (array['running', 'succeeded', 'failed', 'cancelled'])[1 + n % 4] end,
    case when n <= 3 then 'user-2' when n % 200 = 1 then 'user-1' else 'user-' || 1 + (n % 3) * 100 end,
    timestamptz '2025-01-01T00:00:00Z' + n * interval '30 seconds'
from generate_series(1, 1000000) as n;
insert into audit_log (seq, at, actor, address, action, subject, outcome, details, request_id, prev_hash, hash)
select
    n,
    timestamptz '2025-01-01T00:00:00Z' + n * interval '30 seconds',
    case when n <= 3 then 'user-2' when n % 9 = 1 then null else 'user-' || n % 50 end,
    '192.0.2.7',
    (array['login', 'logout', 'refresh', 'deployment.create', 'deployment.transition', 'user.create', 'user.change',
        'password.change', 'session.end'])[1 + n % 9],
    case when n % 9 < 3 then 'account:admin' else 'deployment:' || n / 10 end,
    case when n % 9 = 0 and n % 5 = 0 then 'failure' else 'success' end,
    '{}', 'request', sha256(''), sha256('')
from generate_series(1, 300000) as n;
"""
CHAIN = "alter table audit_log {} trigger audit_chain"

Plan = dict[str, Any]


@pytest.fixture(scope="module")
def million(running_stores: Stores) -> Iterator[Stores]:
    """Filled before the indexes of the lists exist, so that the migration builds them over what is there."""
    asyncio.run(running_stores.migrate("head"))
    asyncio.run(running_stores.empty())
    asyncio.run(running_stores.migrate("0002"))
    running_stores.superuser(f"{CHAIN.format('disable')};{SEED};{CHAIN.format('enable always')}")
    asyncio.run(running_stores.migrate("head"))
    running_stores.superuser("vacuum analyze")
    yield running_stores
    asyncio.run(running_stores.empty())


@pytest.fixture
async def engine(million: Stores) -> AsyncIterator[AsyncEngine]:
    """As the backend connects; a pool of the test, so that its statements can be seen."""
    made = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(million.dsn("app"), "tests"))
    yield made
    await made.dispose()


async def plans(engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[Any]]) -> list[Plan]:
    """How each statement that the work sends is run. Nothing of it stays."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    async with engine.connect() as connection:
        await work(connection)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert seen
    # One after the other in one transaction: each finds what those before it have done.
    async with engine.connect() as connection:
        return [await explained(connection, statement, parameters) for statement, parameters in seen]


async def explained(connection: AsyncConnection, statement: str, parameters: Any = ()) -> Plan:
    """The plan, with what happened when it was run."""
    answer = await connection.exec_driver_sql(f"explain (analyze, buffers, format json) {statement}", parameters)
    told = answer.scalar_one()
    plan: Plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return plan


def nodes(plan: Plan) -> Iterator[Plan]:
    """The plan and all that is below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def assert_direct(plan: Plan) -> None:
    """No sequential scan, few rows read, hardly any read in vain."""
    told = json.dumps(plan, indent=1)
    found = list(nodes(plan))
    assert not [node for node in found if node["Node Type"] == "Seq Scan"], told
    scans = [node for node in found if "Scan" in node["Node Type"] and "Function" not in node["Node Type"]]
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in scans) <= MOST_ROWS, told
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck", "Rows Removed by Join Filter")
    assert sum(node.get(name, 0) * node["Actual Loops"] for node in found for name in removed) <= MOST_REMOVED, told
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= MOST_PAGES, told


TIMES: list[dict[str, str]] = [
    {},
    {"since": "2025-12-01T00:00:00Z"},
    {"until": "2025-01-01T00:30:00Z"},
    {"since": "2025-06-01T00:00:00Z", "until": "2025-06-01T01:00:00Z"},
    {"cursor": "1741000000000000.5"},
    {"cursor": "1741000000000000.5", "since": "2025-02-01T00:00:00Z"},
]
DEPLOYMENTS = {
    "service": (None, "service-1", "none-such"),
    "who": (None, "user-1", "user-2", "user-201"),
    "environment": (None, "production", "staging"),
    "state": (None, "planned", "succeeded"),
}
AUDIT = {
    "actor": (None, "user-1", "user-2", "none-such"),
    "subject": (None, "account:admin", "deployment:29999"),
    "action": (None, "login", "deployment.create"),
    "outcome": (None, "failure"),
}


def combinations(choices: dict[str, tuple[str | None, ...]]) -> Iterator[dict[str, str]]:
    """Every set of filters, with each of their values."""
    for chosen in product(*choices.values()):
        yield {name: value for name, value in zip(choices, chosen, strict=True) if value is not None}


@pytest.mark.parametrize("when", TIMES)
async def test_every_list_of_deployments_is_direct(engine: AsyncEngine, when: dict[str, str]) -> None:
    for chosen in combinations(DEPLOYMENTS):
        filters = Filters.model_validate({**chosen, **when, "limit": LIMIT})
        for plan in await plans(engine, lambda connection, filters=filters: queries.newest(connection, filters)):
            assert_direct(plan)


@pytest.mark.parametrize("when", TIMES)
async def test_every_list_of_the_audit_log_is_direct(engine: AsyncEngine, when: dict[str, str]) -> None:
    for chosen in combinations(AUDIT):
        filters = listing.Filters.model_validate({**chosen, **when, "limit": LIMIT})
        for plan in await plans(engine, lambda connection, filters=filters: listing.newest(connection, filters)):
            assert_direct(plan)


async def change(connection: AsyncConnection) -> Deployment | None:
    """Reads a deployment and moves it."""
    known = await queries.find(connection, 999_999)
    assert known is not None
    return await queries.update(connection, known, Transition(state=State.ROLLED_BACK))


async def log_in(connection: AsyncConnection) -> None:
    """Begins a session, which clears away old ones."""
    account = await users.by_username(connection, "user-77777")
    assert account is not None
    await sessions.begin(connection, account, "192.0.2.7", "browser")


SESSION = UUID("c4ca4238-a0b9-2382-0dcc-509a6f75849b")  # md5 of 1
WORK: dict[str, Callable[[AsyncConnection], Awaitable[Any]]] = {
    "show and move a deployment": change,
    "a new idempotency key": lambda it: idempotency.claim(it, 1, "key-new", "x"),
    "a known idempotency key": lambda it: idempotency.claim(it, 1, "key-1", ""),
    "login": lambda it: users.by_username(it, "user-77777"),
    "account for a change": lambda it: users.locked(it, 77_777),
    "accounts": lambda it: users.page(it, LIMIT, 50_000),
    "all admins": users.admins,
    "a new session": log_in,
    "sessions that ended lately": lambda it: it.execute(
        select(table.c.id).where(table.c.revoked_at > func.now() - timedelta(minutes=15))
    ),
    "sessions of an account": lambda it: sessions.alive(it, 77_777),
    "end of a session": lambda it: sessions.end(it, 2, table.c.id == SESSION),
    "end of the oldest sessions": lambda it: sessions.end_oldest(it, 77_777),
    "session of a refresh token": lambda it: sessions.found(it, bytes(32)),
}


@pytest.mark.parametrize("name", WORK)
async def test_every_other_query_is_direct(engine: AsyncEngine, name: str) -> None:
    for plan in await plans(engine, WORK[name]):
        assert_direct(plan)


async def test_a_query_without_an_index_would_be_noticed(engine: AsyncEngine) -> None:
    async def walking(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("select id from deployments where revision = $1::varchar", ("r7",))

    (plan,) = await plans(engine, walking)
    with pytest.raises(AssertionError, match="Seq Scan"):
        assert_direct(plan)


async def test_an_index_that_walks_past_most_rows_would_be_noticed(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        plan = await explained(connection, "select id from deployments where id % 2 = 7 order by id desc limit 50")
    assert [node["Node Type"] for node in nodes(plan)] == ["Limit", "Index Only Scan"]
    with pytest.raises(AssertionError, match="Rows Removed by Filter"):
        assert_direct(plan)
