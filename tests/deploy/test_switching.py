"""A service changes hands on an engine in memory, and again after it was cut off between any two calls."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from flawless.deploy.failure import StepFailedError
from flawless.deploy.plan import Wanted
from flawless.deploy.site import Site, pending_reload
from flawless.deploy.steps.switch import act, proof
from flawless.errors import EngineError
from flawless.model.plan import Door, Step, StepKind, Strategy
from flawless.model.settings import Settings
from flawless.model.stack import Attachment, Role, Rollout, Service
from flawless.ports.clock import iso
from flawless.ports.engine import ExecResult, Json
from flawless.ports.relay import Dialled
from flawless.ports.shell import CommandResult
from flawless.testing import samples
from flawless.testing.fakes import FrozenClock, MemoryEngine, fake_ports, inspected
from tests.deploy.test_looking_at_a_site import RELEASE

OLD, NEW = "sha256:old", "sha256:new"


class CutOffError(BaseException):
    """The process was killed."""


class Watched(MemoryEngine):
    """An engine that writes down what changes it, and dies before call number ``cut`` (0: never)."""

    def __init__(self, containers: Sequence[Json], cut: int = 0) -> None:
        super().__init__(containers)
        self.cut = cut
        self.done: list[str] = []
        self.serving: list[int] = []
        self.workers = 10

    async def _does(self, what: str) -> None:
        if self.cut and len(self.done) + 1 >= self.cut:
            raise CutOffError
        self.done.append(what)
        self.serving.append(sum(_serves(one) for one in self.held.values()))

    async def stop(self, ref: str, grace: float) -> None:
        await self._does(f"stop {_called(self.held[ref])} {grace:.0f}")
        await super().stop(ref, grace)

    async def remove(self, ref: str, *, force: bool = False) -> None:
        await self._does(f"remove {_called(self.held[ref])}")
        await super().remove(ref, force=force)

    async def rename(self, ref: str, name: str) -> None:
        await self._does(f"rename {_called(self.held[ref])} {name}")
        await super().rename(ref, name)

    async def exec(
        self, ref: str, argv: Sequence[str], *, timeout: float, user: str = "", env: Mapping[str, str] | None = None
    ) -> ExecResult:
        await self._does(" ".join(argv))
        self.workers += "reload" in argv
        return ExecResult(0, "")

    async def top(self, ref: str) -> list[dict[str, str]]:
        return [{"pid": str(self.workers), "args": "nginx: worker process"}]

    async def logs(self, ref: str, *, since: float = 0.0, tail: int = 10_000) -> list[Any]:
        return []


def _called(container: Json) -> str:
    return str(container["Name"]).lstrip("/")


def _serves(container: Json) -> bool:
    state = container["State"]
    return bool(state["Status"] == "running" and state["Health"]["Status"] == "healthy")


class Composed:
    """Compose as far as a switch asks it: ``up --scale`` adds what is missing, healthy or as ``born`` says."""

    def __init__(self, engine: Watched, clock: FrozenClock, born: Callable[[int], dict[str, Any]]) -> None:
        self.engine = engine
        self.clock = clock
        self.born = born
        self.made = 0

    async def run(self, argv: Sequence[str], **_: Any) -> CommandResult:
        scale = int(next(word.partition("=")[2] for word in argv if word.startswith("web=")))
        await self.engine._does(f"scale {scale}")
        theirs = [one for one in self.engine.held.values() if _called(one) != "sample-nginx-1"]
        for _number in range(scale - len(theirs)):
            self.made += 1
            self.add()
        return CommandResult(tuple(argv), 0, "", "", 0.0, 0.0)

    def add(self) -> None:
        number = 1
        while f"id-sample-web-{number}" in self.engine.held:
            number += 1
        state = {"Health": "healthy", "StartedAt": iso(self.clock.now()), **self.born(self.made)}
        made = inspected("web", number=number, **state)
        networks = {"Networks": {"sample_app": {"IPAddress": f"10.0.0.{number}"}}}
        self.engine.held[made["Id"]] = {**made, "Image": NEW, "NetworkSettings": networks}


class Shut:
    """A relay that finds every port as ``state`` says."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.stood_in: list[str] = []

    async def reach(self, network: str, targets: Sequence[tuple[str, int]]) -> list[Dialled]:
        return [Dialled(self.state if host[0].isdigit() else "open", "", 0.0) for host, _ in targets]

    def stand(self, network: str) -> None:
        """Nothing stands anywhere."""

    async def stood(self, network: str) -> tuple[str, Any]:
        self.stood_in.append(network)
        raise EngineError(f"nothing stands in {network}")

    def meanwhile(self, work: Coroutine[Any, Any, None]) -> None:
        work.close()


def old(count: int = 1, name: str = "") -> list[Json]:
    found = []
    for number in range(1, count + 1):
        made = inspected("web", number=number, Health="healthy")
        found.append({**made, "Image": OLD, **({"Name": f"/{name}"} if name else {})})
    return found


NGINX = inspected("nginx", Health="healthy")


class Switch:
    """One switch of the service ``web``; ``again`` is a later run on what the engine holds by then."""

    def __init__(
        self,
        folder: Path,
        containers: list[Json],
        *,
        strategy: Strategy = Strategy.START_FIRST,
        born: Callable[[int], dict[str, Any]] = lambda number: {},
        cut: int = 0,
        relay: str = "open",
        service: dict[str, Any] | None = None,
        beside: tuple[Service, ...] = (),
        **step: Any,
    ) -> None:
        self.engine = Watched([*containers, NGINX], cut)
        self.clock = FrozenClock()
        self.service: Service = samples.service("web", role=Role.BACKEND, **(service or {}))
        self.step = Step(
            id="s", kind=StepKind.SWITCH, why="w", proof="p", undo="u", service="web", strategy=strategy, **step
        )
        shell: Any = Composed(self.engine, self.clock, born)
        self.relay: Any = Shut(relay)
        ports = structs.replace(fake_ports(engine=self.engine, shell=shell, clock=self.clock), relay=self.relay)
        self.told: list[str] = []
        self.site = Site(
            ports=ports,
            stack=samples.stack(self.service, samples.service("nginx", role=Role.PROXY), *beside),
            settings=Settings(),
            release=structs.replace(RELEASE, parent="r0"),
            wanted={"web": Wanted(NEW, "hash")},
            model=folder / "compose.json",
            folder=folder,
            compose=("docker-compose",),
            progress=self.told.append,
        )

    async def run(self) -> list[str]:
        """What was done to the engine, in order; the proof must hold afterwards."""
        await act(self.site, self.step)
        outcome = await proof(self.site, self.step)
        assert outcome.holds, outcome.message
        return self.engine.done

    def names(self) -> list[str]:
        """What runs of the service."""
        return sorted(_called(one) for one in self.engine.held.values() if "web" in one["Id"])


async def test_the_new_one_is_there_before_the_old_one_goes(tmp_path: Path) -> None:
    switch = Switch(tmp_path, old())
    assert await switch.run() == ["scale 2", "stop sample-web-1 30", "remove sample-web-1"]
    assert min(switch.engine.serving) >= 2, "the proxy counts as one"


async def test_stop_first_makes_room(tmp_path: Path) -> None:
    switch = Switch(tmp_path, old(), strategy=Strategy.STOP_FIRST)
    assert await switch.run() == ["stop sample-web-1 30", "remove sample-web-1", "scale 1"]


async def test_the_grace_is_the_service_s_own(tmp_path: Path) -> None:
    assert "stop sample-web-1 7" in await Switch(tmp_path, old(), service={"stop_grace": 7.0}).run()


async def test_a_fixed_name_is_handed_over_once_the_old_one_is_gone(tmp_path: Path) -> None:
    switch = Switch(tmp_path, old(name="shop-web"), service={"handed_name": "shop-web"})
    assert await switch.run() == [
        "scale 2",
        "stop shop-web 30",
        "remove shop-web",
        "rename sample-web-2 shop-web",
    ]
    assert switch.names() == ["shop-web"]


@pytest.mark.parametrize("fixed", ["", "shop-web"])
@pytest.mark.parametrize("reload", [(), ("nginx",)])
@pytest.mark.parametrize("cut", range(1, 14))
async def test_a_switch_that_is_cut_off_anywhere_is_finished_by_the_next(
    tmp_path: Path, fixed: str, reload: tuple[str, ...], cut: int
) -> None:
    more: dict[str, Any] = {"service": {"handed_name": fixed}, "reload": reload}
    switch = Switch(tmp_path, old(name=fixed or "sample-web-1"), cut=cut, **more)
    try:
        await act(switch.site, switch.step)
    except CutOffError:
        assert any(_serves(one) for one in switch.engine.held.values() if "web" in one["Id"])
        assert switch.engine.done == [] or not reload or pending_reload(tmp_path, "nginx").exists()
    switch.engine.cut = 0
    await switch.run()
    assert switch.names() == ([fixed] if fixed else switch.names())
    assert len(switch.names()) == 1
    assert not pending_reload(tmp_path, "nginx").exists()


async def test_a_proxy_that_keeps_addresses_is_reloaded_before_the_old_one_stops_and_after(tmp_path: Path) -> None:
    reload = ["nginx -t", "nginx -s reload"]
    switch = Switch(tmp_path, old(), reload=("nginx",))
    assert await switch.run() == ["scale 2", *reload, "stop sample-web-1 30", "remove sample-web-1", *reload]


async def test_a_proxy_that_looks_again_soon_is_waited_for(tmp_path: Path) -> None:
    switch = Switch(tmp_path, old(), lookup_seconds=5.0)
    await switch.run()
    assert switch.clock.monotonic() == pytest.approx(5.0)


async def test_what_cannot_be_reached_from_the_proxy_s_network_never_takes_over(tmp_path: Path) -> None:
    door = Door("sample_app", "web", 8081)
    switch = Switch(tmp_path, old(), relay="refused", doors=(door,))
    with pytest.raises(StepFailedError, match=r"port 8081 of its address in sample_app is refused, does it listen"):
        await act(switch.site, switch.step)
    assert switch.names() == ["sample-web-1"]
    assert await Switch(tmp_path, old(), doors=(door,)).run()


@pytest.mark.parametrize(
    ("fixed", "stood_in"), [("", ["sample_app"]), ("10.0.0.9", [])], ids=["given by the engine", "given by the file"]
)
async def test_the_address_that_is_left_is_taken_unless_the_file_gives_addresses_out(
    fixed: str, stood_in: list[str], tmp_path: Path
) -> None:
    networks = {"Networks": {"sample_app": {"IPAddress": "10.0.0.2"}, "sample_data": {"IPAddress": "10.0.1.2"}}}
    other = samples.service("other", networks=(Attachment("app", (), fixed),))
    left = {**old()[0], "NetworkSettings": networks}
    switch = Switch(tmp_path, [left], beside=(other,), doors=(Door("sample_app", "web", 8081),))
    await switch.run()
    assert switch.relay.stood_in == stood_in


async def test_a_service_without_a_healthcheck_is_told_in_the_report(tmp_path: Path) -> None:
    switch = Switch(tmp_path, old(), born=lambda number: {"Health": "none"})
    await act(switch.site, switch.step)
    assert switch.site.notes == ["web has no healthcheck: it counts as good after 5 s without a restart"]
    assert "no healthcheck" in (await proof(switch.site, switch.step)).message


async def test_containers_that_must_go_go_although_they_are_as_wanted(tmp_path: Path) -> None:
    wanted = {**inspected("web", Health="healthy"), "Image": NEW}
    switch = Switch(tmp_path, [wanted], replaces=(wanted["Id"],))
    assert not (await proof(switch.site, switch.step)).holds
    assert await switch.run() == ["scale 2", "stop sample-web-1 30", "remove sample-web-1"]


async def test_what_was_stopped_and_is_left_goes_and_nothing_else(tmp_path: Path) -> None:
    wanted = {**inspected("web", Health="healthy"), "Image": NEW}
    left = {**inspected("web", number=2, Status="exited", Health="unhealthy"), "Image": OLD}
    assert await Switch(tmp_path, [wanted, left]).run() == ["remove sample-web-2"]


async def test_replicas_that_are_too_many_go(tmp_path: Path) -> None:
    three = [{**inspected("web", number=number, Health="healthy"), "Image": NEW} for number in (1, 2, 3)]
    switch = Switch(tmp_path, three, service={"replicas": 2})
    assert await switch.run() == ["stop sample-web-3 30", "remove sample-web-3"]


# --- several replicas, and Compose's update_config


async def test_replicas_change_all_at_once_where_nothing_is_said(tmp_path: Path) -> None:
    done = await Switch(tmp_path, old(3), service={"replicas": 3}).run()
    assert done[0] == "scale 6"
    assert [what for what in done if what.startswith("scale")] == ["scale 6"]


@pytest.mark.parametrize(
    ("strategy", "scales", "least"),
    [(Strategy.START_FIRST, ["scale 4", "scale 4", "scale 4"], 3), (Strategy.STOP_FIRST, ["scale 3"] * 3, 2)],
)
async def test_parallelism_changes_so_many_at_a_time(
    tmp_path: Path, strategy: Strategy, scales: list[str], least: int
) -> None:
    switch = Switch(
        tmp_path, old(3), strategy=strategy, service={"replicas": 3}, rollout=Rollout(parallelism=1, delay=20.0)
    )
    done = await switch.run()
    assert [what for what in done if what.startswith("scale")] == scales
    assert min(switch.engine.serving) - 1 >= least
    assert switch.clock.slept.count(20.0) == 2


async def test_a_new_container_is_watched_for_as_long_as_monitor_says(tmp_path: Path) -> None:
    switch = Switch(tmp_path, old(), rollout=Rollout(monitor=30.0))
    await switch.run()
    assert switch.clock.monotonic() >= 30.0


def sick(*numbers: int) -> Callable[[int], dict[str, Any]]:
    """New containers that are unhealthy, by the order in which they were made."""
    return lambda number: {"Health": "unhealthy"} if number in numbers else {}


async def test_a_failure_takes_the_new_one_away_and_leaves_the_old_one(tmp_path: Path) -> None:
    switch = Switch(tmp_path, old(), born=sick(1), reload=("nginx",))
    with pytest.raises(StepFailedError, match="unhealthy") as caught:
        await act(switch.site, switch.step)
    assert switch.names() == ["sample-web-1"]
    assert not caught.value.paused


async def test_in_a_later_batch_only_what_failed_goes_for_the_others_serve(tmp_path: Path) -> None:
    rollout = Rollout(parallelism=1)
    switch = Switch(tmp_path, old(2), born=sick(2), service={"replicas": 2}, rollout=rollout)
    with pytest.raises(StepFailedError):
        await act(switch.site, switch.step)
    assert len(switch.names()) == 2
    assert sum(_serves(one) for one in switch.engine.held.values()) == 3


@pytest.mark.parametrize(("ratio", "goes_on"), [(0.0, False), (0.24, False), (0.25, True), (0.5, True)])
async def test_as_many_may_fail_and_be_replaced_as_the_ratio_says(tmp_path: Path, ratio: float, goes_on: bool) -> None:
    rollout = Rollout(max_failure_ratio=ratio)
    switch = Switch(tmp_path, old(4), born=sick(2), service={"replicas": 4}, rollout=rollout)
    if goes_on:
        await switch.run()
        assert len(switch.names()) == 4
        return
    with pytest.raises(StepFailedError):
        await act(switch.site, switch.step)


async def test_pause_stops_what_failed_and_leaves_both(tmp_path: Path) -> None:
    switch = Switch(tmp_path, old(), born=sick(1), rollout=Rollout(failure_action="pause"))
    with pytest.raises(StepFailedError) as caught:
        await act(switch.site, switch.step)
    assert caught.value.paused
    assert "flawless rollback --to r0" in caught.value.remedy
    assert switch.names() == ["sample-web-1", "sample-web-2"]
    assert switch.engine.held["id-sample-web-2"]["State"]["Status"] == "exited"
    assert _serves(switch.engine.held["id-sample-web-1"])


async def test_continue_leaves_the_old_one_serving_and_the_verification_to_decide(tmp_path: Path) -> None:
    switch = Switch(tmp_path, old(), born=sick(1), rollout=Rollout(failure_action="continue"))
    assert not (await proof(switch.site, switch.step)).holds
    await act(switch.site, switch.step)
    outcome = await proof(switch.site, switch.step)
    assert outcome.holds
    assert "failure_action continue" in outcome.message
    assert switch.names() == ["sample-web-1"]
    assert len(switch.site.notes) == 1
