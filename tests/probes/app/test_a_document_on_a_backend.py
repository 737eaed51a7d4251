"""The OpenAPI document of an application that only its backend shows, asked through a relay."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from msgspec import structs

from flawless.model.stack import Role
from flawless.ports.relay import Dialled, Relay, Tunnel, _lent
from flawless.probes.app._visit import _inside
from flawless.testing import samples
from flawless.testing.fakes import MemoryEngine
from tests.probes.app.conftest import World

DOCUMENT = {"openapi": "3.1.0", "paths": {"/api/orders": {"get": {"responses": {"200": {"description": "all"}}}}}}


class Closing(BaseHTTPRequestHandler):
    """HTTP/1.0: the connection ends behind each answer. The document is at the last path that is tried."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/last.json" else 404)
        self.end_headers()
        self.wfile.write(json.dumps(DOCUMENT if self.path == "/last.json" else {}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is told."""


@pytest.fixture
def closing() -> Iterator[int]:
    """The port of that server."""
    with HTTPServer(("127.0.0.1", 0), Closing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


class Piped:
    """The streams of a relay that is connected to a port of this machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self) -> bytes:
        return await self._reader.read(1024)

    async def finish(self) -> tuple[int, str]:
        self._writer.close()
        return 0, ""

    async def abandon(self) -> None:
        self._writer.close()


class Local(Relay):
    """A relay without an engine: every name leads to this machine."""

    def __init__(self, port: int) -> None:
        super().__init__(MemoryEngine())
        self._port = port

    @asynccontextmanager
    async def tunnel(self, network: str, host: str, port: int, **more: object) -> AsyncIterator[Tunnel]:
        streams = Piped(*await asyncio.open_connection("127.0.0.1", self._port))
        async with _lent(streams, b"") as local:
            yield Tunnel(Dialled("open", "", 0.0), local)
        await streams.finish()


async def test_it_is_found_although_each_answer_ends_the_connection(closing: int, tmp_path: Path) -> None:
    base = World(tmp_path).target("http://127.0.0.1:9")
    service = samples.service("api", role=Role.BACKEND, expose=(8081,))
    target = structs.replace(
        base, stack=samples.stack(service), ports=structs.replace(base.ports, relay=Local(closing))
    )
    async with asyncio.timeout(5):
        found = await _inside(target, service, ("/openapi.json", "/docs.json", "/last.json"))
    assert found is not None
    assert [each.name for each in found.operations] == ["GET /api/orders"]
