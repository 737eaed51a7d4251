"""The server leaves without losing anything: a real process, real connections, a real SIGTERM."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import websockets
from viworks_stores import free_port

from viworks import server

SOURCE = Path(__file__).resolve().parents[1] / "src"
DEADLINE_SECONDS = 30
PROGRAM = """
import asyncio, sys
from viworks import logs, server

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        print("starting", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("closed its stores", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
    else:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

logs.configure("info")
asyncio.run(server.serve(app, server.bind("127.0.0.1", int(sys.argv[1])), asyncio.Event()))
"""


class Client:
    """Asks the process, each time over a new connection."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def post(self, pause: asyncio.Event | None = None) -> str:
        """The status; or "refused" while connecting, when nothing is sent and a proxy may go elsewhere; or "lost".

        The body is sent in two parts, the second one once `pause` is set.
        """
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except ConnectionError:
            return "refused"
        try:
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
            await writer.drain()
            if pause:
                await pause.wait()
            writer.write(b"}")
            await writer.drain()
            line = await reader.readline()
            return line.split()[1].decode() if line else "lost"
        except ConnectionError:
            return "lost"
        finally:
            writer.close()

    async def websocket(self) -> websockets.ClientConnection:
        """An open one."""
        return await websockets.connect(f"ws://127.0.0.1:{self._port}/?token=hunter2")


@pytest.fixture
async def starting(unused: int) -> AsyncIterator[Process]:
    """A server that has opened nothing yet, and goes on when it is sent a line."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(SOURCE), *sys.path])}
    argv = [sys.executable, "-c", PROGRAM, str(unused)]
    pipe = asyncio.subprocess.PIPE
    started = await asyncio.create_subprocess_exec(*argv, env=environment, stdin=pipe, stdout=pipe)
    yield started
    if started.returncode is None:
        started.kill()
        await started.wait()


@pytest.fixture
async def process(starting: Process, unused: int) -> Process:
    """A server that answers."""
    await go_on(starting, Client(unused))
    return starting


async def go_on(starting: Process, client: Client) -> None:
    """Let it finish its start, and wait for its first answer."""
    assert starting.stdin is not None
    starting.stdin.write(b"\n")
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await client.post() != "200":  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.05)


@pytest.fixture
def unused() -> int:
    return free_port()


async def ended(process: Process) -> tuple[int | None, str]:
    """Exit code and output."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_a_replica_that_is_still_starting_refuses_instead_of_keeping_requests(
    starting: Process, unused: int
) -> None:
    assert starting.stdout is not None
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await starting.stdout.readline() != b"starting\n":
            pass
    client = Client(unused)
    assert await client.post() == "refused"
    await go_on(starting, client)


async def test_a_request_in_flight_is_finished_and_the_process_ends_with_0(process: Process, unused: int) -> None:
    client, second_half = Client(unused), asyncio.Event()
    slow = asyncio.create_task(client.post(second_half))
    await client.post()  # once this is answered the server has the first part of the other
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await client.post() != "refused":  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.01)
    second_half.set()
    assert await slow == "200"
    code, output = await ended(process)
    assert code == 0
    assert "closed its stores\n" in output


async def test_a_websocket_is_closed_with_1012(process: Process, unused: int) -> None:
    opened = await Client(unused).websocket()
    process.send_signal(signal.SIGTERM)
    with pytest.raises(websockets.ConnectionClosed) as caught:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await opened.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1012
    code, output = await ended(process)
    assert code == 0
    assert "hunter2" not in output


async def test_a_connection_that_has_not_asked_yet_is_answered_too(process: Process, unused: int) -> None:
    client = Client(unused)
    reader, writer = await asyncio.open_connection("127.0.0.1", unused)
    await client.post()  # once this is answered the server has accepted the other
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await client.post() != "refused":  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.01)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    assert (await reader.readline()).split()[1] == b"200"
    writer.close()
    assert (await ended(process))[0] == 0


def test_all_connections_that_are_waiting_are_taken_in() -> None:
    with server.bind("127.0.0.1", 0) as listening:
        listening.listen(20)
        clients = [socket.create_connection(listening.getsockname()) for _ in range(20)]
        taken = server.waiting_connections(listening)
        assert sorted(connection.getpeername() for connection in taken) == sorted(
            connection.getsockname() for connection in clients
        )
        for connection in (*clients, *taken):
            connection.close()
