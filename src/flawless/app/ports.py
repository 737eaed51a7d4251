"""The real ports of this machine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from flawless.errors import EngineError
from flawless.ports.aioengine import AioEngine
from flawless.ports.bundle import Ports
from flawless.ports.clock import RealClock
from flawless.ports.files import RealFiles
from flawless.ports.ids import RealIds
from flawless.ports.mask import Masker
from flawless.ports.realhttp import RealHttp
from flawless.ports.relay import Relay
from flawless.ports.remote import endpoint, tunnel
from flawless.ports.shell import RealShell


def make_ports(engine: AioEngine | None = None) -> Ports:
    """Ports that touch the world; nothing is opened before it is used."""
    engine = engine or AioEngine()
    return Ports(
        shell=RealShell(),
        engine=engine,
        relay=Relay(engine),
        http=RealHttp(),
        files=RealFiles(),
        clock=RealClock(),
        ids=RealIds(),
        masker=Masker(),
    )


@asynccontextmanager
async def open_ports() -> AsyncIterator[Ports]:
    """Real ports, closed behind their use. For an engine behind ssh the connection is opened, for Compose too.

    An engine that cannot be reached is told of by the first call that needs it: files are judged without one.
    """
    place, trouble = endpoint(), None
    local = place.url
    async with AsyncExitStack() as opened:
        if local.startswith("ssh://"):
            try:
                local = await opened.enter_async_context(tunnel(local))
                _point_compose_at(local)
            except EngineError as error:
                trouble = error
        engine = AioEngine(local, shown=place.url, trouble=trouble, certificates=place.certificates)
        opened.push_async_callback(engine.close)
        ports = make_ports(engine)
        if ports.relay:
            opened.push_async_callback(ports.relay.close)
        yield ports


def _point_compose_at(socket: str) -> None:
    os.environ["DOCKER_HOST"] = socket
    os.environ.pop("DOCKER_CONTEXT", None)
