"""The HTTP server, and how it leaves: what it has accepted it answers.

uvicorn by itself closes connections whose request has not arrived yet, and the kernel resets those that nobody has
accepted. So before uvicorn's own shutdown this one takes in all that are waiting, and gives each the time to ask.
"""

import asyncio
import socket
from contextlib import suppress
from types import FrameType
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

BACKLOG = 1024
FIRST_REQUEST_SECONDS = 1.0  # how long a connection may take to send its request while the server drains
FINISH_SECONDS = 25  # with the above below the container's grace of 30 s
WEBSOCKET_BYTES = 8192  # a client sends one access token

log = structlog.get_logger()


class Server(uvicorn.Server):
    """Sets `draining` at SIGTERM or SIGINT, finishes what it has, and lets the process end with 0."""

    def __init__(self, config: uvicorn.Config, draining: asyncio.Event) -> None:
        super().__init__(config)
        self._draining = draining

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """uvicorn's own raises the signal again at the end, which would be exit code 143."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops listening, answers what there is, then closes the stores (by the application's lifespan)."""
        self._draining.set()
        taken = [connection for listening in sockets or [] for connection in waiting_connections(listening)]
        for server in self.servers:
            server.close()
        log.info("draining", connections=len(self.server_state.connections) + len(taken))
        loop = asyncio.get_running_loop()
        for connection in taken:
            connection.setblocking(False)
            await loop.connect_accepted_socket(self._protocol, connection)
        await self._first_requests()
        await super().shutdown(sockets)
        log.info("drained")

    def _protocol(self) -> asyncio.Protocol:
        protocol: Any = self.config.http_protocol_class  # as uvicorn makes it for what it accepts itself
        made: asyncio.Protocol = protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    async def _first_requests(self) -> None:
        """Waits until no connection is without its first request."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_REQUEST_SECONDS):
                while any(is_silent(connection) for connection in self.server_state.connections):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)  # uvicorn tells nobody when a request arrives


def is_silent(connection: Any) -> bool:
    """An HTTP connection on which no request has come yet; a WebSocket has no `cycle`."""
    return getattr(connection, "cycle", connection) is None


def waiting_connections(listening: socket.socket) -> list[socket.socket]:
    """Accepts all that are waiting. Close the socket right after it: then hardly any can come in between."""
    taken: list[socket.socket] = []
    with suppress(BlockingIOError):
        while True:
            taken.append(listening.accept()[0])
    return taken


def bind(host: str, port: int) -> socket.socket:
    """A TCP socket that refuses connections until the server listens on it. Raises OSError when the port is taken.

    A replica that has not started yet is then passed over by the proxy, instead of keeping requests waiting.
    """
    bound = socket.socket()
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


async def serve(app: FastAPI, bound: socket.socket, draining: asyncio.Event) -> None:
    """Answers requests until a SIGTERM or SIGINT, and ends when the last one is finished."""
    log.info("serving", port=bound.getsockname()[1])
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=WEBSOCKET_BYTES,
        loop="none",
        lifespan="on",
        backlog=BACKLOG,
        log_config=None,
        log_level="warning",  # its lines about WebSockets would hold the query, and a client may put a token there
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )
    await Server(config, draining).serve([bound])
