"""Readings of running containers one after the other: from the kernel's files, else from the engine's statistics."""

from __future__ import annotations

from collections.abc import Iterable

from flawless.model.board import Tick
from flawless.ports.bundle import Ports
from flawless.ports.engine import Json
from flawless.probes.live._cgroups import Place, flows, reading
from flawless.probes.live._figures import cores_used, memory_used
from flawless.probes.live._services import UnseenError


async def raw_reading(ports: Ports, container: Json, place: Place | None) -> Json:
    """All figures of an inspected container now, in the engine's form; EngineError where nobody tells them."""
    return local_reading(ports, place) or await ports.engine.stats(container["Id"])


def local_reading(ports: Ports, place: Place | None) -> Json | None:
    """The same from this machine's own files; None where they do not tell it."""
    read = ports.files.read_text
    here = reading(place, read, ports.clock.monotonic()) if place else None
    if place is None or here is None:
        return None
    moved = flows(place, read)
    waits = moved.pop("throttling_data", {})
    return {**here, **moved, "cpu_stats": {**here["cpu_stats"], "throttling_data": waits}}


def tick(before: Json | None, now: Json, at: float) -> Tick:
    """One reading, ``before`` being the one before it; UnseenError where the engine gives no memory statistics."""
    networks, blocks = now.get("networks"), (now.get("blkio_stats") or {}).get("io_service_bytes_recursive")
    waits = (now.get("cpu_stats") or {}).get("throttling_data") or {}
    return Tick(
        at=at,
        memory=memory_used(now),
        pids=int((now.get("pids_stats") or {}).get("current") or 0),
        cores=_cores(before, now),
        received=_total(networks, "rx_bytes"),
        sent=_total(networks, "tx_bytes"),
        read=_moved(blocks, "read"),
        written=_moved(blocks, "write"),
        periods=int(waits.get("periods") or 0),
        throttled=int(waits.get("throttled_periods") or 0),
    )


def _cores(before: Json | None, now: Json) -> float | None:
    try:
        return cores_used({**now, "precpu_stats": before.get("cpu_stats")}) if before else None
    except UnseenError:
        return None


def _total(networks: Json | None, name: str) -> int | None:
    return sum(int(one.get(name) or 0) for one in networks.values()) if networks else None


def _moved(blocks: Iterable[Json] | None, operation: str) -> int | None:
    """Bytes of the operation on all devices; None where none is counted, as on storage that is no block device."""
    found = [int(one["value"]) for one in blocks or () if str(one.get("op", "")).lower() == operation]
    return sum(found) if found else None
