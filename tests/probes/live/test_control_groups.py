"""The kernel's own figures of a container, in both versions of control groups, and where they are not believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flawless.errors import UsageError
from flawless.probes.live._cgroups import Read, reading
from flawless.probes.live.usage import cores_used, memory_used

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


def files(held: dict[str, str]) -> Read:
    def read(path: Path) -> str:
        if str(path) not in held:
            raise UsageError(f"cannot read {path}")
        return held[str(path)]

    return read


@pytest.mark.parametrize("held", [FIRST, SECOND], ids=["first", "second"])
def test_the_figures_are_those_that_the_engine_would_give(held: dict[str, str]) -> None:
    found = reading(CONTAINER, files(held), 10.0)
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
    assert reading(container, files(held), 10.0) is None
