"""``flawless doctor``: what this machine and its engine have of what a deploy needs. Reads only; needs no stack."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Any

from flawless.app.session import FOLDER
from flawless.errors import EngineError
from flawless.model.doctor import Machine
from flawless.ports.bundle import Ports
from flawless.ports.shell import Shell
from flawless.ports.streams import engine_time
from flawless.probes.live.host import compose_version, disk_of

_SECONDS = 10.0
_TOOLS = ("hadolint", "shellcheck", "squawk", "betterleaks")
_BUILDER = ("docker", "buildx", "version")
_GIT = ("git", "--version")
_CLOCK = ("timedatectl", "show", "--property=NTPSynchronized", "--value")
_VERSION = re.compile(r"\d+(\.\d+)+")


async def machine(root: Path, ports: Ports) -> Machine:
    """What was seen of the machine, of the engine that is asked, and of the stack's folder."""
    shell = ports.shell
    engine, compose, builder, git, synchronised, *versions = await asyncio.gather(
        _engine(ports),
        compose_version(shell),
        _first_line(shell, _BUILDER),
        _first_line(shell, _GIT),
        _synchronised(shell),
        *(_version(shell, tool) for tool in _TOOLS),
    )
    return Machine(
        address=ports.engine.address,
        compose=compose,
        builder=builder,
        git=git,
        synchronised=synchronised,
        unwritable=await asyncio.to_thread(_unwritable, root),
        tools=dict(zip(_TOOLS, versions, strict=True)),
        **engine,
    )


async def _engine(ports: Ports) -> dict[str, Any]:
    """What the engine says of itself; only why it does not answer, when it does not."""
    engine, clock = ports.engine, ports.clock
    try:
        version = await engine.version()
        before = clock.now()
        info = await engine.info()
    except EngineError as error:
        return {"trouble": error.what, "remedy": error.remedy}
    told, middle = engine_time(str(info.get("SystemTime") or "")), (before + clock.now()) / 2
    disk = await asyncio.to_thread(disk_of, engine.address, str(info.get("DockerRootDir") or ""))
    return {
        "engine": str(version.get("Version") or ""),
        "cpus": int(info.get("NCPU") or 0),
        "memory": int(info.get("MemTotal") or 0),
        "disk_free": disk[0] if disk else None,
        "disk_total": disk[1] if disk else None,
        "apart": told - middle if told else None,
    }


async def _first_line(shell: Shell, argv: tuple[str, ...]) -> str:
    done = await shell.run(argv, timeout=_SECONDS)
    return next(iter(done.stdout.splitlines()), "").strip() if done.ok else ""


async def _version(shell: Shell, tool: str) -> str:
    """The version of a tool, ``here`` for one that tells none; empty when it is not here."""
    done = await shell.run((tool, "--version"), timeout=_SECONDS)
    if not done.ok:
        return ""
    found = _VERSION.search(done.stdout)
    return found[0] if found else "here"


async def _synchronised(shell: Shell) -> bool | None:
    """Whether systemd keeps the clock right; None where it cannot be asked."""
    said = await _first_line(shell, _CLOCK)
    return {"yes": True, "no": False}.get(said)


def _unwritable(root: Path) -> str:
    """Why the state folder, or the one that it will be made in, cannot be written; empty when it can."""
    place = root / FOLDER if (root / FOLDER).exists() else root
    return "" if os.access(place, os.W_OK | os.X_OK) else f"{place} is not writable by this user"
