"""On which ports something really listens in each service's container, as the kernel tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from flawless.errors import EngineError, UsageError
from flawless.model.facts import Evidence, Fact
from flawless.model.keys import LISTENING
from flawless.model.observed_copy import ListeningPorts
from flawless.model.stack import Service
from flawless.ports.bundle import Probe, Target
from flawless.ports.engine import Json
from flawless.probes.live._services import UnseenError, each_service, name_of, running

_TABLES = ("tcp", "tcp6")
_LISTEN = "0A"
_TIMEOUT = 10.0
_RESOLVER = "0B00007F"  # 127.0.0.11: the engine's own, in every container


async def gather(target: Target) -> list[Fact]:
    """The ports of the newest running container of each service; a container that has ended has none."""

    async def look(service: Service, containers: list[Json]) -> tuple[ListeningPorts, tuple[Evidence, ...]]:
        live = running(containers)
        if not live:
            raise UnseenError(f"{service.name} does not run, so it listens nowhere", remedy="see why it does not run")
        return await _ports(target, live[-1])

    return await each_service(target, LISTENING, look)


async def _ports(target: Target, container: Json) -> tuple[ListeningPorts, tuple[Evidence, ...]]:
    text = await asyncio.to_thread(_here, target, container) or await _inside(target, container)
    found = ports_in(text)
    said = f"listens on {', '.join(map(str, found.open)) or 'nothing'}"
    said += f"; for itself only on {', '.join(map(str, found.loopback))}" if found.loopback else ""
    what = f"read /proc/net/tcp of {name_of(container)}"
    return found, (target.ports.masker.evidence(what, 0, said, target.ports.clock.now(), 0.0),)


def _here(target: Target, container: Json) -> str:
    """The tables of the container's own process, where the engine is on this machine; "" where it is not."""
    place, read = Path(f"/proc/{container['State']['Pid']}"), target.ports.files.read_text
    try:
        if container["Id"] not in read(place / "cgroup"):
            return ""  # a process of that number, but on another machine
        return "\n".join(read(place / "net" / table) for table in _TABLES)
    except UsageError:
        return ""


async def _inside(target: Target, container: Json) -> str:
    """The same read by a program of the container; many images have none."""
    argv = ["cat", *(f"/proc/net/{table}" for table in _TABLES)]
    answer = await target.ports.engine.exec(container["Id"], argv, timeout=_TIMEOUT)
    if "local_address" not in answer.output:
        raise EngineError(f"{name_of(container)} has no program that could read /proc/net/tcp")
    return answer.output


def ports_in(text: str) -> ListeningPorts:
    """The listening ports of tables in the form of ``/proc/net/tcp``; lines of another form are left out."""
    found = list(_sockets(text))
    anybody = {port for port, own in found if not own}
    return ListeningPorts(tuple(sorted(anybody)), tuple(sorted({port for port, own in found if own} - anybody)))


def _sockets(text: str) -> Iterator[tuple[int, bool]]:
    """Ports in the state LISTEN, and whether the address is one of the loopback interface."""
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 4 or fields[3] != _LISTEN:
            continue
        address, _, port = fields[1].partition(":")
        if address == _RESOLVER:
            continue
        try:
            yield int(port, 16), _is_loopback(address)
        except ValueError:
            continue


def _is_loopback(address: str) -> bool:
    """Each 32-bit word has the byte order of the machine: 0100007F is 127.0.0.1 on a little-endian one."""
    return address[-2:] == "7F" or address in ("0" * 24 + "01000000", "0" * 24 + "00000001")


PROBE = Probe(keys=(LISTENING,), gather=gather, timeout=20.0)
