"""What a failed build leaves on the engine: removed where it is the build's own, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flawless.app.build import _remove_leftovers
from flawless.ports.engine import PROJECT_LABEL, Json
from flawless.testing.fakes import MemoryEngine

BEGAN = 1_800_000_000.0
OURS = "0123456789ab" + "0" * 52
SAID = """\
Step 2/3 : RUN true
 ---> Running in aaaaaaaaaaaa
Removing intermediate container aaaaaaaaaaaa
 ---> bbbbbbbbbbbb
Step 3/3 : RUN exit 3
 ---> Running in 0123456789ab
The command '/bin/sh -c exit 3' returned a non-zero code: 3
"""


class ByPrefix(MemoryEngine):
    """Finds containers by the beginning of their id, as the engine does."""

    async def container(self, ref: str) -> Json | None:
        return next((each for name, each in self.held.items() if name.startswith(ref)), None)


def left(*, created: float = BEGAN + 1, status: str = "exited", labels: dict[str, str] | None = None) -> Json:
    stamp = datetime.fromtimestamp(created, UTC).isoformat()
    return {"Id": OURS, "Created": stamp, "State": {"Status": status}, "Config": {"Labels": labels}}


async def removed(container: Json, said: str = SAID) -> bool:
    engine = ByPrefix([container])
    await _remove_leftovers(engine, said.splitlines(), BEGAN)
    return not engine.held


async def test_the_container_of_the_step_that_failed_is_removed() -> None:
    assert await removed(left())


@pytest.mark.parametrize(
    "container",
    [left(created=BEGAN - 60), left(status="running"), left(labels={PROJECT_LABEL: "shop"})],
    ids=["older", "running", "of a project"],
)
async def test_what_may_be_another_s_stays(container: Json) -> None:
    assert not await removed(container)


@pytest.mark.parametrize(
    "said",
    ["", SAID.replace("0123456789ab", "cccccccccccc"), f"{SAID}Removing intermediate container 0123456789ab\n"],
    ids=["nothing said", "of another", "removed already"],
)
async def test_what_the_builder_did_not_leave_stays(said: str) -> None:
    assert not await removed(left(), said)
