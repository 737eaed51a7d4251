"""A page for a scraper on a TCP address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from flawless.errors import UsageError

_REMEDY = "name another as HOST:PORT, for example 127.0.0.1:9477"


@asynccontextmanager
async def exposing(address: str, page: Callable[[], bytes], kind: str) -> AsyncIterator[str]:
    """Answer GET /metrics on ``HOST:PORT`` with the page of that moment and content type ``kind``; its URL.

    Raises UsageError when the address is none, or cannot be listened on.
    """
    from aiohttp import web

    host, port = _parts(address)

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=page(), headers={"content-type": kind})

    application = web.Application()
    application.router.add_get("/metrics", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise UsageError(f"cannot listen on {address}: {error.strerror}", remedy=_REMEDY) from error
        yield f"http://{address}/metrics"
    finally:
        await runner.cleanup()


def _parts(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise UsageError(f"{address} is no address", remedy=_REMEDY)
    return host.strip("[]"), int(port)
