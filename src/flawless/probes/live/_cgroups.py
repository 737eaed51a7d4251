"""What a container uses, from the control groups of this machine, in the engine's own form.

The engine gives statistics at its own beat of a second, a pair of them after two. Where it runs on this machine the
kernel's files (cgroups(7)) say the same at once. A path that does not name the container is not believed: the engine
may run in a virtual machine or on another host.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flawless.errors import UsageError
from flawless.ports.engine import Json

_ROOT = Path("/sys/fs/cgroup")
_NANO = 1_000_000_000

Read = Callable[[Path], str]
# Bytes in use, bytes by the names of memory.stat, nanoseconds of processor time, processes.
_Figures = tuple[int, dict[str, int], int, int]


def reading(container: Json, read: Read, seconds: float) -> Json | None:
    """Statistics of an inspected container at a time on a steady clock; None where these files do not tell them."""
    try:
        places = _places(read(Path(f"/proc/{container['State']['Pid']}/cgroup")), container["Id"])
        figures = _first(places, read) if "memory" in places else _second(_ROOT / places[""], read)
    except (UsageError, ValueError, KeyError):
        return None
    memory, kinds, spent, pids = figures
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


def _places(text: str, container: str) -> dict[str, str]:
    """The relative path by controller, "" for the second version; KeyError follows where the container is not named."""
    lines = [line.split(":", 2) for line in text.splitlines()]
    return {
        controller: path.lstrip("/")
        for _, controllers, path in lines
        for controller in controllers.split(",")
        if container in path
    }


def _first(places: dict[str, str], read: Read) -> _Figures:
    memory, cpu, pids = (_ROOT / name / places[name] for name in ("memory", "cpuacct", "pids"))
    return (
        int(read(memory / "memory.usage_in_bytes")),
        _entries(read(memory / "memory.stat")),
        int(read(cpu / "cpuacct.usage")),
        int(read(pids / "pids.current")),
    )


def _second(place: Path, read: Read) -> _Figures:
    kinds = _entries(read(place / "memory.stat"))
    spent = _entries(read(place / "cpu.stat"))["usage_usec"] * 1000
    return int(read(place / "memory.current")), kinds, spent, int(read(place / "pids.current"))


def _entries(text: str) -> dict[str, int]:
    pairs = (line.split(maxsplit=1) for line in text.splitlines())
    return {name: int(figure) for name, figure in pairs}
