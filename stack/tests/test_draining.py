"""`docker stop` of one of two backends while it is at work: nothing it has begun is lost."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from stack.tests.harness import BACKEND_PORT, Login, Site, docker, until

pytestmark = pytest.mark.engine

AUDIT_LOCK = 7846002  # what every writer of the audit log waits for
# A statement may wait 3 s for a lock and a request waits here for two in turn, so it lasts 5 s.
ROW_SECONDS, AUDIT_SECONDS = 2.5, 5.2
GRACE = 30


@dataclass
class Replica:
    """The second of two backends, spoken to without the proxy."""

    container: str
    address: str

    def stop(self) -> int:
        """Stop it as a deploy does; its exit code."""
        docker("stop", "--time", str(GRACE), self.container)
        return int(docker("inspect", "--format", "{{.State.ExitCode}}", self.container))


@pytest.fixture
def replica(site: Site) -> Iterator[Replica]:
    """A second healthy backend; one is left afterwards."""
    site.up("--no-deps", "--no-recreate", "--scale", "backend=2", "backend")
    container = site.containers("backend")[1]
    try:
        yield Replica(container, site.address("backend", 1))
    finally:
        docker("rm", "--force", container)


def waiting(site: Site, count: int = 1) -> bool:
    """Whether so many statements of backends wait for a lock."""
    asked = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and usename = 'viworks_app'"
    return int(site.psql(asked)) >= count


def held(site: Site, pool: ThreadPoolExecutor, lock: str, seconds: float) -> Future[str]:
    """A lock that a session of the superuser takes now and keeps so long."""
    marked = f"holds-{abs(hash(lock))}"
    statement = f"set application_name = '{marked}'; begin; {lock}; select pg_sleep({seconds}); commit"
    keeping = pool.submit(site.psql, statement)
    asleep = f"select 1 from pg_stat_activity where application_name = '{marked}' and wait_event = 'PgSleep'"
    until(lambda: bool(site.psql(asleep)), 10, f"the session that holds {lock!r} has it")
    return keeping


def transition(replica: Replica, login: Login, recorded: dict[str, Any]) -> httpx2.Response:
    """Move a deployment, asking the replica itself."""
    address = f"http://{replica.address}:{BACKEND_PORT}/api/deployments/{recorded['id']}/transitions"
    headers = {**login.bearer, "If-Match": '"1"'}
    return httpx2.post(address, headers=headers, json={"state": "running"}, timeout=GRACE)


def stream(replica: Replica, login: Login) -> ClientConnection:
    """A stream of events of the replica, ready."""
    where = f"{replica.address}:{BACKEND_PORT}"
    opened = connect(f"ws://{where}/api/events", origin=Origin(f"http://{where}"), open_timeout=GRACE)
    opened.send(json.dumps({"token": login.token}))
    assert json.loads(opened.recv(timeout=10)) == {"type": "ready"}
    return opened


def end_of(opened: ClientConnection) -> int:
    """The code that a stream is closed with."""
    with pytest.raises(ConnectionClosed):
        while True:
            opened.recv(timeout=GRACE)
    assert opened.close_code is not None
    return opened.close_code


def test_a_request_of_five_seconds_is_finished_by_a_backend_that_is_stopped(site: Site, replica: Replica) -> None:
    operator = site.login("operator")
    recorded = site.new_deployment(operator)
    row = f"select id from deployments where id = {recorded['id']} for update"
    with ExitStack() as opened:
        pool = opened.enter_context(ThreadPoolExecutor(4))
        events = opened.enter_context(stream(replica, operator))
        began = time.monotonic()
        held(site, pool, f"select pg_advisory_xact_lock({AUDIT_LOCK})", AUDIT_SECONDS)
        held(site, pool, row, ROW_SECONDS)
        moved = pool.submit(transition, replica, operator, recorded)
        until(lambda: waiting(site), ROW_SECONDS, "the request waits for the row")
        stopped = pool.submit(replica.stop)
        assert end_of(events) == 1012
        assert not moved.done(), "the request was over before the stop: nothing is proved"
        answer = moved.result(timeout=GRACE)
        assert time.monotonic() - began >= AUDIT_SECONDS
        assert (answer.status_code, answer.json()["state"]) == (200, "running"), answer.text
        assert stopped.result(timeout=GRACE + 15) in (0, 143)
    shown = site.request("GET", f"/api/deployments/{recorded['id']}", login=operator).json()
    assert (shown["state"], shown["version"]) == ("running", 2)


def test_a_body_that_still_arrives_is_taken_by_a_backend_that_is_stopped(site: Site, replica: Replica) -> None:
    operator = site.login("operator")
    body = json.dumps({"service": "backend", "revision": "slowly", "environment": "staging"}).encode()
    lines = (
        "POST /api/deployments HTTP/1.1",
        f"Host: {replica.address}",
        f"Authorization: Bearer {operator.token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    with (
        ThreadPoolExecutor(1) as pool,
        stream(replica, operator) as events,
        socket.create_connection((replica.address, BACKEND_PORT), timeout=GRACE) as sending,
    ):
        sending.sendall("\r\n".join((*lines, "", "")).encode() + body[:10])
        stopped = pool.submit(replica.stop)
        assert end_of(events) == 1012, "the stop has begun"
        for at in range(10, len(body), 10):
            sending.sendall(body[at : at + 10])
        with sending.makefile("rb") as received:
            assert received.read().startswith(b"HTTP/1.1 201"), "the answer was lost"
        assert stopped.result(timeout=GRACE + 15) in (0, 143)


def test_a_backend_that_is_stopped_takes_nothing_new_and_the_other_serves(site: Site, replica: Replica) -> None:
    assert replica.stop() in (0, 143)
    with pytest.raises(httpx2.TransportError):
        httpx2.get(f"http://{replica.address}:{BACKEND_PORT}/health", timeout=5)
    for _ in range(20):
        answer = site.request("GET", "/api/deployments?limit=1", login=site.login("viewer"))
        assert answer.status_code == 200
