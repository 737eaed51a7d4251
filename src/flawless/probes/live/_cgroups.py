"""What a container uses, from the control groups of this machine, in the engine's own form.

The engine gives statistics at its own beat of a second, a pair of them after two. Where it runs on this machine the
kernel's files (cgroups(7)) say the same at once. A path that does not name the container is not believed: the engine
may run in a virtual machine or on another host.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from flawless.errors import UsageError
from flawless.ports.engine import Json

_ROOT = Path("/sys/fs/cgroup")
_NANO = 1_000_000_000
_BLOCKS = "blkio.throttle.io_service_bytes"
_RECURSIVE = "io_service_bytes_recursive"

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


def flows(container: Json, read: Read) -> Json:
    """What an inspected container moved since its start, and how often it waited for its CPU limit; in engine's form.

    ``networks``, ``blkio_stats`` and ``throttling_data``: each only where these files tell it.
    """
    found: Json = {}
    with contextlib.suppress(UsageError, ValueError, KeyError, IndexError):
        pid = container["State"]["Pid"]
        places = _places(read(Path(f"/proc/{pid}/cgroup")), container["Id"])
        tellers: dict[str, Callable[[], Json]] = {
            "networks": lambda: _interfaces(read(Path(f"/proc/{pid}/net/dev"))),
            "blkio_stats": lambda: _blocks(places, read),
            "throttling_data": lambda: _waits(places, read),
        }
        for name, tell in tellers.items():
            with contextlib.suppress(UsageError, ValueError, KeyError, IndexError):
                found[name] = tell()
    return found


def _interfaces(text: str) -> Json:
    """Bytes by interface of /proc/PID/net/dev (proc(5)), the loopback left out as the engine does."""
    rows = (line.partition(":") for line in text.splitlines()[2:])
    counts = {name.strip(): figures.split() for name, _, figures in rows}
    return {
        name: {"rx_bytes": int(count[0]), "tx_bytes": int(count[8])} for name, count in counts.items() if name != "lo"
    }


def _blocks(places: dict[str, str], read: Read) -> Json:
    """Bytes by operation; none at all where the kernel counts no device for it."""
    if "blkio" in places:
        rows = [line.split() for line in read(_ROOT / "blkio" / places["blkio"] / _BLOCKS).splitlines()]
        return {_RECURSIVE: [{"op": row[1], "value": int(row[2])} for row in rows if len(row) == 3]}
    words = [word.split("=") for word in read(_ROOT / places[""] / "io.stat").split() if "=" in word]
    names = {"rbytes": "read", "wbytes": "write"}
    return {_RECURSIVE: [{"op": names[name], "value": int(value)} for name, value in words if name in names]}


def _waits(places: dict[str, str], read: Read) -> Json:
    folder = _ROOT / "cpu" / places["cpu"] if "cpu" in places else _ROOT / places[""]
    told = _entries(read(folder / "cpu.stat"))
    return {"periods": told["nr_periods"], "throttled_periods": told["nr_throttled"]}


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
