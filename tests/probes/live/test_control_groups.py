"""The kernel's own figures of a container, in both versions of control groups, and where they are not believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flawless.errors import UsageError
from flawless.probes.live._cgroups import Place, Read, flows, place_of, reading
from flawless.probes.live._figures import cores_used, memory_used
from flawless.probes.live._ticks import tick

ID = "c0ffee" * 10 + "c0de"
CONTAINER = {"Id": ID, "State": {"Pid": 42}}
FIRST_MEMORY = "rss 7\ntotal_rss 400\ntotal_cache 450\ntotal_inactive_file 150\ntotal_active_file 100"
FIRST = {
    "/proc/42/cgroup": f"4:memory:/docker/{ID}\n3:cpu,cpuacct:/docker/{ID}\n2:pids:/docker/{ID}\n0::/docker/{ID}\n",
    f"/sys/fs/cgroup/memory/docker/{ID}/memory.usage_in_bytes": "1000\n",
    f"/sys/fs/cgroup/memory/docker/{ID}/memory.stat": FIRST_MEMORY,
    f"/sys/fs/cgroup/cpuacct/docker/{ID}/cpuacct.usage": "2000000000\n",
    f"/sys/fs/cgroup/pids/docker/{ID}/pids.current": "5\n",
}
PLACE = f"system.slice/docker-{ID}.scope"
SECOND = {
    "/proc/42/cgroup": f"0::/{PLACE}\n",
    f"/sys/fs/cgroup/{PLACE}/memory.current": "1000\n",
    f"/sys/fs/cgroup/{PLACE}/memory.stat": "anon 500\ninactive_file 250\nactive_file 100\nslab_reclaimable 50\n",
    f"/sys/fs/cgroup/{PLACE}/cpu.stat": "usage_usec 2000000\nuser_usec 1\n",
    f"/sys/fs/cgroup/{PLACE}/pids.current": "5\n",
}


def place(held: dict[str, str], container: dict[str, Any] = CONTAINER) -> Place:
    """Where the files of the container are; they do name it."""
    found = place_of(container, files(held))
    assert found is not None
    return found


def files(held: dict[str, str]) -> Read:
    def read(path: Path) -> str:
        if str(path) not in held:
            raise UsageError(f"cannot read {path}")
        return held[str(path)]

    return read


@pytest.mark.parametrize("held", [FIRST, SECOND], ids=["first", "second"])
def test_the_figures_are_those_that_the_engine_would_give(held: dict[str, str]) -> None:
    found = reading(place(held), files(held), 10.0)
    assert found is not None
    assert (memory_used(found), found["pids_stats"]["current"]) == (600, 5)
    spent = {"cpu_usage": {"total_usage": 1_500_000_000}, "system_cpu_usage": 9_000_000_000}
    assert cores_used({**found, "precpu_stats": spent}) == pytest.approx(0.5)


BROKEN: list[tuple[dict[str, Any], dict[str, str]]] = [
    (CONTAINER, {}),
    (CONTAINER, {**SECOND, "/proc/42/cgroup": "0::/user.slice\n"}),
    (CONTAINER, {**SECOND, "/proc/42/cgroup": "what is this"}),
    (CONTAINER, {**SECOND, f"/sys/fs/cgroup/{PLACE}/memory.current": "max"}),
    (CONTAINER, {**SECOND, f"/sys/fs/cgroup/{PLACE}/cpu.stat": "user_usec 1\n"}),
    (CONTAINER, {path: text for path, text in FIRST.items() if "pids.current" not in path}),
    ({"Id": ID, "State": {}}, SECOND),
]


@pytest.mark.parametrize(("container", "held"), BROKEN)
def test_what_does_not_tell_of_this_container_is_not_believed(container: dict[str, Any], held: dict[str, str]) -> None:
    found = place_of(container, files(held))
    assert found is None or reading(found, files(held), 10.0) is None


DEV = (
    "Inter-|\n face |bytes\n    lo: 9 1 0 0 0 0 0 0 9 1\n  eth0: 100 1 0 0 0 0 0 0 20 1\n  eth1: 7 1 0 0 0 0 0 0 3 1\n"
)
MOVED = {"networks": {"eth0": {"rx_bytes": 100, "tx_bytes": 20}, "eth1": {"rx_bytes": 7, "tx_bytes": 3}}}
FIRST_FLOWS = {
    **FIRST,
    "/proc/42/cgroup": f"{FIRST['/proc/42/cgroup']}5:blkio:/docker/{ID}\n",
    "/proc/42/net/dev": DEV,
    f"/sys/fs/cgroup/blkio/docker/{ID}/blkio.throttle.io_service_bytes": "8:0 Read 5\n8:0 Write 6\n8:1 Read 1",
    f"/sys/fs/cgroup/cpu/docker/{ID}/cpu.stat": "nr_periods 10\nnr_throttled 4\nthrottled_time 1\n",
}
SECOND_FLOWS = {
    **SECOND,
    "/proc/42/net/dev": DEV,
    f"/sys/fs/cgroup/{PLACE}/io.stat": "8:0 rbytes=5 wbytes=6 rios=1 wios=1\n8:1 rbytes=1 wbytes=0\n",
    f"/sys/fs/cgroup/{PLACE}/cpu.stat": "usage_usec 2000000\nnr_periods 10\nnr_throttled 4\n",
}


@pytest.mark.parametrize("held", [FIRST_FLOWS, SECOND_FLOWS], ids=["first", "second"])
def test_what_was_moved_is_told_as_the_engine_would(held: dict[str, str]) -> None:
    found = flows(place(held), files(held))
    whole = {**(reading(place(held), files(held), 10.0) or {}), **found}
    seen = tick(None, {**whole, "cpu_stats": {"throttling_data": found["throttling_data"]}}, 10.0)
    assert found["networks"] == MOVED["networks"]
    assert (seen.received, seen.sent, seen.read, seen.written) == (107, 23, 6, 6)
    assert (seen.periods, seen.throttled, seen.cores) == (10, 4, None)


@pytest.mark.parametrize("missing", ["net/dev", "io", "cpu.stat"])
def test_a_figure_that_is_not_told_costs_no_other(missing: str) -> None:
    held = {path: text for path, text in FIRST_FLOWS.items() if missing not in path.rpartition("/docker/")[2]}
    assert len(flows(place(held), files(held))) == 2


def test_no_device_is_not_nothing_moved() -> None:
    path = f"/sys/fs/cgroup/blkio/docker/{ID}/blkio.throttle.io_service_bytes"
    held = {**FIRST_FLOWS, path: "Total 0\n"}
    found = flows(place(held), files(held))
    seen = tick(None, {"memory_stats": {"usage": 1}, **found}, 0.0)
    assert (seen.read, seen.written, seen.received) == (None, None, 107)
