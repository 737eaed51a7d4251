"""The machine behind the engine: versions, processors, memory, and disk where it is this machine."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path

from flawless.errors import UsageError
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import HOST
from flawless.model.observed import HostFacts
from flawless.ports.bundle import Probe, Target
from flawless.ports.shell import Shell

_COMPOSE = (("docker", "compose", "version", "--short"), ("docker-compose", "version", "--short"))
_AVAILABLE = re.compile(r"^MemAvailable:\s+(\d+) kB$", re.MULTILINE)
_STALLED = re.compile(r"^full avg10=([\d.]+)", re.MULTILINE)
_KIB, _PERCENT = 1024, 0.01
_REMOTE = ("tcp://", "ssh://", "http://", "https://")


async def gather(target: Target) -> list[Fact]:
    """What the engine says of itself and its machine."""
    engine = target.ports.engine
    version, info, compose = await asyncio.gather(engine.version(), engine.info(), compose_version(target.ports.shell))
    disk = await asyncio.to_thread(disk_of, engine.address, str(info.get("DockerRootDir") or ""))
    read = target.ports.files.read_text
    available = _figure(read, "/proc/meminfo", _AVAILABLE) if disk else None
    stalled = _figure(read, "/proc/pressure/memory", _STALLED) if disk else None
    facts = HostFacts(
        engine=str(version["Version"]),
        api=str(version["ApiVersion"]),
        compose=compose,
        cpus=int(info.get("NCPU") or 0),
        memory=int(info.get("MemTotal") or 0),
        disk_free=disk[0] if disk else None,
        disk_total=disk[1] if disk else None,
        memory_free=round(available * _KIB) if available is not None else None,
        stalled=stalled * _PERCENT if stalled is not None else None,
    )
    said = f"Engine {facts.engine}, API {facts.api}, Compose {compose or 'not found'}, {facts.cpus} CPUs"
    now = target.ports.clock.now()
    evidence = target.ports.masker.evidence("GET /version and /info", 200, said, now, 0.0)
    return [known(HOST, STACK, facts, (evidence,), now)]


async def compose_version(shell: Shell) -> str:
    """Compose's version without a leading v; empty when there is none."""
    for argv in _COMPOSE:
        done = await shell.run(argv, timeout=5)
        if done.ok and done.stdout.strip():
            return done.stdout.strip().removeprefix("v")
    return ""


def disk_of(address: str, folder: str) -> tuple[int, int] | None:
    """Free and total bytes where the engine keeps its data; None when that is not this machine or cannot be seen."""
    if address.startswith(_REMOTE) or not Path(folder).is_dir():
        return None
    seen = os.statvfs(folder)
    return seen.f_bavail * seen.f_frsize, seen.f_blocks * seen.f_frsize


def _figure(read: Callable[[Path], str], path: str, shape: re.Pattern[str]) -> float | None:
    """A figure in a file of the kernel; None where this kernel does not tell it."""
    try:
        found = shape.search(read(Path(path)))
    except UsageError:
        return None
    return float(found[1]) if found else None


PROBE = Probe(keys=(HOST,), gather=gather)
