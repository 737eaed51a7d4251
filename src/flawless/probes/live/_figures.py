"""What the engine's statistics of a container say of memory and CPU. Pure."""

from __future__ import annotations

from flawless.ports.engine import Json
from flawless.probes.live._services import UnseenError

# What the kernel takes back when memory is short (memory.stat): page cache of files, and its own records of them.
_FILES = ("inactive_file", "active_file")
_RECORDS = "slab_reclaimable"
# The first version of control groups counts such records as use and does not tell how many: there use is what the
# processes hold and what is cached. Shared memory is in the cache, and in none of the files.
_FIRST = ("total_rss", "total_cache", "total_inactive_file", "total_active_file")


def memory_used(reading: Json) -> int:
    """Bytes that the kernel cannot take back: use without page cache, the files in active use included.

    ``docker stats`` counts active files as use; a database's would then look like a leak, or like a limit nearly met.
    """
    memory = reading.get("memory_stats") or {}
    if "usage" not in memory:
        raise UnseenError("the engine gives no memory statistics", remedy="enable the memory control group on the host")
    told = {name: int(figure) for name, figure in (memory.get("stats") or {}).items()}
    if told.keys() >= set(_FIRST):
        held, cached, *files = (told[name] for name in _FIRST)
        return max(0, held + cached - sum(files))
    taken_back = sum(told.get(f"total_{name}", told.get(name, 0)) for name in _FILES) + told.get(_RECORDS, 0)
    return max(0, int(memory["usage"]) - taken_back)


def cores_used(reading: Json) -> float:
    """Cores in use between the two readings; 1.0 is one core busy all the time."""
    now, before = reading.get("cpu_stats") or {}, reading.get("precpu_stats") or {}
    if "system_cpu_usage" not in now or "system_cpu_usage" not in before:
        raise UnseenError("the engine gave one reading of the CPU instead of two")
    spent = int(now["cpu_usage"]["total_usage"]) - int(before["cpu_usage"]["total_usage"])
    passed = int(now["system_cpu_usage"]) - int(before["system_cpu_usage"])
    cores = int(now.get("online_cpus") or len(now["cpu_usage"].get("percpu_usage") or [0]))
    return spent / passed * cores if passed > 0 else 0.0
