"""Events: from a change in PostgreSQL to the clients of every process."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, cast

import pytest
from fastapi import FastAPI, WebSocket
from sqlalchemy import text
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from viworks_people import GOOD, Believing, application, asking, create_accounts
from viworks_stores import Stores

from viworks.database import Database
from viworks.deployments import routes as deployment_routes
from viworks.events import hub as hubs
from viworks.events import listener, routes
from viworks.events.hub import BACKLOG, Hub, TooManyError
from viworks.events.listener import listening
from viworks.origin import Origins
from viworks.stores import StoreError

DEADLINE_SECONDS = 30


async def until(fine: Callable[[], bool]) -> None:
    """Waits for it; fails after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not fine():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


def open_hub() -> Hub:
    """One that listens."""
    hub = Hub()
    hub.open()
    return hub


# The hub


async def test_everybody_gets_every_message_in_order() -> None:
    hub = open_hub()
    with hub.subscribed(1) as first, hub.subscribed(2) as second:
        hub.publish("a")
        hub.publish("b")
        for subscription in (first, second):
            assert [subscription.messages.get_nowait(), subscription.messages.get_nowait()] == ["a", "b"]
    assert len(hub) == 0


async def test_a_client_that_is_too_far_behind_is_closed_and_the_others_are_not() -> None:
    hub = open_hub()
    with hub.subscribed(1) as slow, hub.subscribed(2) as quick:
        for number in range(BACKLOG + 1):
            hub.publish(str(number))
            assert quick.messages.get_nowait() == str(number)
        assert slow.closed.result() == 1013
        assert slow.messages.qsize() == BACKLOG
        assert not quick.closed.done()


async def test_there_is_room_for_so_many_clients_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "CLIENTS", 2)
    hub = open_hub()
    with hub.subscribed(1), hub.subscribed(2), pytest.raises(TooManyError), hub.subscribed(3):
        pass
    with hub.subscribed(3):
        assert len(hub) == 1


async def test_a_hub_that_may_miss_something_sends_its_clients_away() -> None:
    hub = open_hub()
    with hub.subscribed(1) as subscription:
        hub.close()
        assert subscription.closed.result() == 1012
    with pytest.raises(TooManyError), hub.subscribed(1):
        pass
    hub.open()
    with hub.subscribed(1):
        pass


async def test_a_hub_that_drains_takes_nobody_any_more() -> None:
    hub = open_hub()
    hub.drain()
    hub.open()
    with pytest.raises(TooManyError), hub.subscribed(1):
        pass


# The route


class Trial:
    """The route with a hub, in a client's own thread."""

    def __init__(self, identity: Believing) -> None:
        self.identity = identity
        self.hub = Hub()
        app = application(routes.routes(self.hub, identity, Origins(["https://panel.example"])))
        self.client = TestClient(app)

    @contextmanager
    def connected(self, first: str | bytes | None, **headers: str) -> Iterator[WebSocketTestSession]:
        """A socket that has sent its first message."""
        with self.client.websocket_connect("/api/events", headers=headers) as socket:
            if isinstance(first, str):
                socket.send_text(first)
            elif first is not None:
                socket.send_bytes(first)
            yield socket

    def publish(self, message: str) -> None:
        """In the thread of the application."""
        assert self.client.portal is not None
        self.client.portal.call(self.hub.publish, message)


@pytest.fixture
def identity() -> Believing:
    return Believing()


@pytest.fixture
def trial(identity: Believing, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    monkeypatch.setattr(routes, "WATCH_SECONDS", 0.01)
    trial = Trial(identity)
    with trial.client:
        trial.hub.open()
        yield trial


def token(name: str) -> str:
    return json.dumps({"token": name})


def code(socket: WebSocketTestSession) -> int:
    """What it is closed with; whatever comes before is read."""
    with pytest.raises(WebSocketDisconnect) as caught:
        while True:
            socket.receive_text()
    return int(caught.value.code)


def test_a_client_with_a_token_gets_ready_and_then_what_happens(trial: Trial) -> None:
    with trial.connected(token("eve")) as socket:
        assert socket.receive_json() == {"type": "ready"}
        trial.publish('{"type":"deployment","deployment":{}}')
        assert socket.receive_json() == {"type": "deployment", "deployment": {}}
        assert len(trial.hub) == 1


def test_a_client_that_goes_leaves_nothing_behind(trial: Trial) -> None:
    for _ in range(3):
        with trial.connected(token("eve")) as socket:
            socket.receive_json()
    assert len(trial.hub) == 0


@pytest.mark.parametrize(
    "first",
    [
        token("mallory"),
        token(""),
        "",
        "{",
        "null",
        "[]",
        '{"token": 1}',
        '{"token": null}',
        '{"token": "eve", "more": 1}',
        '{"token": "\\ud800"}',
        b'{"token": "eve"}',
        json.dumps({"token": "x" * 5000}),
        "[" * 8000,
    ],
)
def test_a_first_message_without_a_good_token_is_closed_with_4401(trial: Trial, first: str | bytes) -> None:
    with trial.connected(first) as socket:
        assert code(socket) == 4401


def test_a_client_that_says_nothing_is_closed_with_4401(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "FIRST_MESSAGE_SECONDS", 0.01)
    with trial.connected(None) as socket:
        assert code(socket) == 4401


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://testserver.evil.example", "https://testserver"]
)
def test_a_foreign_origin_is_refused_at_the_handshake(trial: Trial, origin: str) -> None:
    with pytest.raises(WebSocketDisconnect) as caught, trial.connected(token("eve"), origin=origin):
        pass
    assert caught.value.code == 1000  # before it was accepted: the server answers 403
    assert len(trial.hub) == 0


@pytest.mark.parametrize("origin", ["http://testserver", "https://panel.example"])
def test_the_own_origin_and_an_allowed_one_are_let_in(trial: Trial, origin: str) -> None:
    with trial.connected(token("eve"), origin=origin) as socket:
        assert socket.receive_json() == {"type": "ready"}


def test_a_session_that_ends_is_closed_with_4401(trial: Trial) -> None:
    with trial.connected(token("eve")) as socket:
        socket.receive_json()
        trial.identity.ended.add("eve")
        assert code(socket) == 4401


def test_a_token_that_expires_is_closed_with_4401(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = Trial(Believing(seconds=0.1))
    with trial.client:
        trial.hub.open()
        with trial.connected(token("eve")) as socket:
            assert socket.receive_json() == {"type": "ready"}
            assert code(socket) == 4401


def test_when_it_cannot_be_asked_whether_the_session_lives_the_client_is_sent_away(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_principal: Any) -> bool:
        raise StoreError("redis")

    with trial.connected(token("eve")) as socket:
        socket.receive_json()
        monkeypatch.setattr(trial.identity, "is_alive", away)
        assert code(socket) == 1013


def test_a_silent_line_is_kept_alive_by_pings(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "PING_SECONDS", 0.01)
    with trial.connected(token("eve")) as socket:
        assert [socket.receive_json()["type"] for _ in range(3)] == ["ready", "ping", "ping"]


def test_what_a_client_says_later_is_ignored(trial: Trial) -> None:
    with trial.connected(token("eve")) as socket:
        socket.receive_json()
        for later in ("", "{", token("mallory")):
            socket.send_text(later)
        socket.send_bytes(b"\x00")
        trial.publish('{"type":"deployment"}')
        assert socket.receive_json() == {"type": "deployment"}


def test_one_account_has_so_many_clients_at_most(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "CLIENTS_OF_ACCOUNT", 1)
    with trial.connected(token("eve")) as first:
        first.receive_json()
        with trial.connected(token("eve")) as second:
            assert code(second) == 1013
        with trial.connected(token("ada")) as third:
            assert third.receive_json() == {"type": "ready"}
    with trial.connected(token("eve")) as again:
        assert again.receive_json() == {"type": "ready"}


async def test_a_client_that_takes_nothing_any_more_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck:
        async def send_text(self, _message: str) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(routes, "SEND_SECONDS", 0.01)
    with open_hub().subscribed(1) as subscription:
        subscription.offer("a")
        assert await routes.forward(cast(WebSocket, Stuck()), subscription) == 1013


def test_when_the_server_drains_everybody_is_closed_with_1012(trial: Trial) -> None:
    with trial.connected(token("eve")) as socket:
        socket.receive_json()
        assert trial.client.portal is not None
        trial.client.portal.call(trial.hub.drain)
        assert code(socket) == 1012


# From PostgreSQL


@pytest.fixture
async def app(database: Database) -> AsyncIterator[FastAPI]:
    await create_accounts(database)
    yield application(deployment_routes.routes(database, Believing()))


async def subscribed(hub: Hub, stack: AsyncExitStack) -> hubs.Subscription:
    """As soon as the hub is open."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            return stack.enter_context(hub.subscribed(1))
        except TooManyError:
            assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def following(subscription: hubs.Subscription) -> dict[str, Any]:
    async with asyncio.timeout(DEADLINE_SECONDS):
        return dict(json.loads(await subscription.messages.get()))


@pytest.mark.engine
async def test_each_process_hears_of_each_change_whoever_made_it(app: FastAPI, stores: Stores) -> None:
    first, second = Hub(), Hub()
    async with AsyncExitStack() as stack:
        for hub in (first, second):
            await stack.enter_async_context(listening(stores.dsn("app"), hub, asyncio.Event()))
        subscriptions = [await subscribed(hub, stack) for hub in (first, second)]
        client = await stack.enter_async_context(asking(app, "ada"))
        made = await client.post("/api/deployments", json=GOOD | {"notes": "é 🙂 \n"})
        await client.post("/api/deployments", json=GOOD | {"service": "!"})
        moved = await client.post(
            "/api/deployments/1/transitions", json={"state": "running"}, headers={"If-Match": '"1"'}
        )
        for subscription in subscriptions:
            assert await following(subscription) == {"type": "deployment", "deployment": made.json()}
            assert await following(subscription) == {"type": "deployment", "deployment": moved.json()}
            assert subscription.messages.empty()


@pytest.mark.engine
async def test_a_lost_connection_sends_the_clients_away_and_is_replaced(app: FastAPI, stores: Stores) -> None:
    hub = Hub()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(listening(stores.dsn("app"), hub, asyncio.Event()))
        before = await subscribed(hub, stack)
        stores.superuser(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'viworks-events'"
        )
        await until(before.closed.done)
        assert before.closed.result() == 1012
        after = await subscribed(hub, stack)
        client = await stack.enter_async_context(asking(app, "ada"))
        made = await client.post("/api/deployments", json=GOOD)
        assert (await following(after))["deployment"] == made.json()


@pytest.mark.engine
async def test_what_is_no_deployment_is_passed_on_to_nobody(app: FastAPI, database: Database, stores: Stores) -> None:
    hub = Hub()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(listening(stores.dsn("app"), hub, asyncio.Event()))
        subscription = await subscribed(hub, stack)
        async with database.transaction() as connection:
            await connection.execute(text("select pg_notify('deployments', '<script>')"))
            await connection.execute(text("select pg_notify('deployments', '{\"id\": 1}')"))
        client = await stack.enter_async_context(asking(app, "ada"))
        await client.post("/api/deployments", json=GOOD)
        assert (await following(subscription))["deployment"]["id"] == 1


async def test_a_database_that_is_away_is_tried_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    async def away(dsn: str, _application: str) -> Any:
        tried.append(dsn)
        raise ConnectionRefusedError

    monkeypatch.setattr(listener, "connect", away)
    monkeypatch.setattr(listener, "LONGEST_PAUSE_SECONDS", 0.01)
    hub = Hub()
    async with listening("postgresql://nowhere", hub, asyncio.Event()):
        await until(lambda: len(tried) > 3)
        with pytest.raises(TooManyError), hub.subscribed(1):
            pass


@pytest.mark.engine
async def test_draining_closes_the_clients(stores: Stores) -> None:
    hub, draining = Hub(), asyncio.Event()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(listening(stores.dsn("app"), hub, draining))
        subscription = await subscribed(hub, stack)
        draining.set()
        await until(subscription.closed.done)
        assert subscription.closed.result() == 1012
