"""What a container uses, from the control groups of this machine, in the engine's own form.

The engine gives statistics at its own beat of a second, a pair of them after two. Where it runs on this machine the
kernel's files (cgroups(7)) say the same at once. A path that does not name the container is not believed: the engine
may run in a virtual machine or on another host.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from flawless.errors import UsageError
from flawless.ports.engine import Json

_ROOT = Path("/sys/fs/cgroup")
_NANO = 1_000_000_000
_RECURSIVE = "io_service_bytes_recursive"

Read = Callable[[Path], str]
_UNTOLD = (UsageError, ValueError, KeyError, IndexError)


class Place(Struct, frozen=True):
    """The files that tell of one container, as long as its main process lives; ``first`` version of the groups or not.

    ``waits`` and ``blocks`` are None where no controller counts them.
    """

    first: bool
    memory: Path
    kinds: Path
    spent: Path
    pids: Path
    network: Path
    waits: Path | None
    blocks: Path | None


def place_of(container: Json, read: Read) -> Place | None:
    """Where the files of an inspected container are; None where they do not name it."""
    try:
        process = Path(f"/proc/{container['State']['Pid']}")
        groups = _groups(read(process / "cgroup"), container["Id"])
        return _first(groups, process) if "memory" in groups else _second(_ROOT / groups[""], process)
    except _UNTOLD:
        return None


def reading(place: Place, read: Read, seconds: float) -> Json | None:
    """Statistics of a container at a time on a steady clock, in the engine's form; None where the files are gone."""
    try:
        spent = int(read(place.spent)) if place.first else _entries(read(place.spent))["usage_usec"] * 1000
        memory, kinds = int(read(place.memory)), _entries(read(place.kinds))
        pids = int(read(place.pids))
    except _UNTOLD:
        return None
    return {
        "memory_stats": {"usage": memory, "stats": kinds},
        # One processor whose time is the clock's: what is spent of it are cores.
        "cpu_stats": {
            "cpu_usage": {"total_usage": spent},
            "system_cpu_usage": int(seconds * _NANO),
            "online_cpus": 1,
        },
        "pids_stats": {"current": pids},
    }


def flows(place: Place, read: Read) -> Json:
    """What a container moved since its start, and how often it waited for its CPU limit; in the engine's form.

    ``networks``, ``blkio_stats`` and ``throttling_data``: each only where the files tell it.
    """
    found: Json = {}
    with contextlib.suppress(*_UNTOLD):
        found["networks"] = _interfaces(read(place.network))
    if place.blocks:
        with contextlib.suppress(*_UNTOLD):
            found["blkio_stats"] = {_RECURSIVE: list(_blocks(read(place.blocks), first=place.first))}
    if place.waits:
        with contextlib.suppress(*_UNTOLD):
            told = _entries(read(place.waits))
            found["throttling_data"] = {"periods": told["nr_periods"], "throttled_periods": told["nr_throttled"]}
    return found


def _interfaces(text: str) -> Json:
    """Bytes by interface of /proc/PID/net/dev (proc(5)), the loopback left out as the engine does."""
    rows = (line.partition(":") for line in text.splitlines()[2:])
    counts = {name.strip(): figures.split() for name, _, figures in rows}
    return {
        name: {"rx_bytes": int(count[0]), "tx_bytes": int(count[8])} for name, count in counts.items() if name != "lo"
    }


def _blocks(text: str, *, first: bool) -> Iterator[Json]:
    """Bytes by operation; none at all where the kernel counts no device for it."""
    if first:
        rows = (line.split() for line in text.splitlines())
        return ({"op": row[1], "value": int(row[2])} for row in rows if len(row) == 3)
    words = (word.split("=") for word in text.split() if "=" in word)
    names = {"rbytes": "read", "wbytes": "write"}
    return ({"op": names[name], "value": int(value)} for name, value in words if name in names)


def _groups(text: str, container: str) -> dict[str, str]:
    """The relative path by controller, "" for the second version; none of a group that does not name the container."""
    lines = [line.split(":", 2) for line in text.splitlines()]
    return {
        controller: path.lstrip("/")
        for _, controllers, path in lines
        for controller in controllers.split(",")
        if container in path
    }


def _first(groups: dict[str, str], process: Path) -> Place:
    memory, cpu, pids = (_ROOT / name / groups[name] for name in ("memory", "cpuacct", "pids"))
    return Place(
        first=True,
        memory=memory / "memory.usage_in_bytes",
        kinds=memory / "memory.stat",
        spent=cpu / "cpuacct.usage",
        pids=pids / "pids.current",
        network=process / "net/dev",
        waits=_ROOT / "cpu" / groups["cpu"] / "cpu.stat" if "cpu" in groups else None,
        blocks=_ROOT / "blkio" / groups["blkio"] / "blkio.throttle.io_service_bytes" if "blkio" in groups else None,
    )


def _second(group: Path, process: Path) -> Place:
    return Place(
        first=False,
        memory=group / "memory.current",
        kinds=group / "memory.stat",
        spent=group / "cpu.stat",
        pids=group / "pids.current",
        network=process / "net/dev",
        waits=group / "cpu.stat",
        blocks=group / "io.stat",
    )


def _entries(text: str) -> dict[str, int]:
    words = text.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))
