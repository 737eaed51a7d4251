"""A reset takes away what is this project's, by label, and volumes only when they are asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from flawless.deploy.clearing import cleared, clearing
from flawless.deploy.site import Site
from flawless.deploy.steps.clear import HANDLER
from flawless.model.plan import Plan, Step, StepKind
from flawless.model.release import Release
from flawless.model.settings import Settings
from flawless.model.stack import Volume
from flawless.ports.engine import PROJECT_LABEL, VOLUME_LABEL
from flawless.testing.fakes import MemoryEngine, fake_ports, inspected
from flawless.testing.samples import HERE, service, stack

OURS, OTHERS = {PROJECT_LABEL: "sample"}, {PROJECT_LABEL: "other"}


def volume(key: str, labels: dict[str, str]) -> dict[str, Any]:
    return {"Name": f"{labels[PROJECT_LABEL]}_{key}", "Labels": {**labels, VOLUME_LABEL: key}}


def engine() -> MemoryEngine:
    held = [inspected("web"), inspected("db"), inspected("web", project="other")]
    networks = [
        {"Id": "n1", "Name": "sample_net", "Labels": OURS, "Containers": {}},
        {"Id": "n2", "Name": "sample_shared", "Labels": OURS, "Containers": {"x": {"Name": "somebody"}}},
        {"Id": "n3", "Name": "other_net", "Labels": OTHERS, "Containers": {}},
    ]
    volumes = [volume("data", OURS), volume("left", OURS), volume("data", OTHERS)]
    return MemoryEngine(held, {"networks": networks, "volumes": volumes})


def site(memory: MemoryEngine) -> Site:
    made = stack(service("web"), service("db"), volumes=(Volume("data", "sample_data", False, HERE),))
    release = Release(
        id="r", stack="sample", revision="", created=0, stack_digest="", env_digest="", services=(), config="{}"
    )
    return Site(
        ports=fake_ports(engine=memory),
        stack=structs.replace(made, name="sample"),
        settings=Settings(),
        release=release,
        wanted={},
        model=Path(),
        folder=Path(),
        compose=(),
        progress=lambda _: None,
    )


@pytest.mark.parametrize(
    ("volumes", "left"),
    [(False, {"sample_data", "sample_left", "other_data"}), (True, {"sample_left", "other_data"})],
    ids=["volumes-stay", "declared-volumes-go"],
)
def test_only_what_is_ours_goes(volumes: bool, left: set[str]) -> None:
    memory = engine()
    place, step = site(memory), clearing(volumes=volumes)[-1]

    async def taken() -> tuple[bool, bool]:
        before = await HANDLER.proof(place, step)
        await HANDLER.act(place, step)
        return before.holds, (await HANDLER.proof(place, step)).holds

    assert asyncio.run(taken()) == (False, True)
    assert [raw["Name"] for raw in memory.held.values()] == ["/other-web-1"]
    assert {each["Name"] for each in memory.recorded["networks"]} == {"sample_shared", "other_net"}
    assert {each["Name"] for each in memory.recorded["volumes"]} == left
    assert any("sample_shared stays" in note for note in place.notes)


def test_nothing_is_started_before_everything_is_gone() -> None:
    def step(name: str, after: tuple[str, ...] | None) -> Step:
        return Step(id=name, kind=StepKind.SWITCH, why="", proof="", undo="", after=after)

    made = Plan("sample", "r", "", (), (step("switch-db", ()), step("switch-web", ("switch-db",)), step("last", None)))
    found = cleared(made, volumes=True)
    assert [each.id for each in found.steps] == ["save", "clear", "switch-db", "switch-web", "last"]
    assert found.steps[2].after == ("save", "clear")
    assert found.steps[3].after == ("save", "clear", "switch-db")
    assert found.steps[4].after is None, "it waits for all before it anyway"
    assert [each.id for each in cleared(made, volumes=False).steps][:1] == ["clear"]
