"""The real ports of this machine."""

from __future__ import annotations

from flawless.ports.aioengine import AioEngine
from flawless.ports.bundle import Ports
from flawless.ports.clock import RealClock
from flawless.ports.files import RealFiles
from flawless.ports.ids import RealIds
from flawless.ports.mask import Masker
from flawless.ports.realhttp import RealHttp
from flawless.ports.relay import Relay
from flawless.ports.shell import RealShell


def make_ports() -> Ports:
    """Ports that touch the world; nothing is opened before it is used."""
    engine = AioEngine()
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
