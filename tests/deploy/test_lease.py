"""One deploy at a time: a living holder is respected, a dead one replaced, a race lost with a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.deploy.lease import SILENT_SECONDS, Owner, acquire, lock, unlock
from flawless.errors import EngineError, RefusedError
from flawless.ports.clock import iso
from flawless.ports.engine import Duplex, Json, LogLine
from flawless.testing.fakes import FrozenClock, MemoryEngine
from flawless.testing.samples import NOW

ME = Owner("ann", "desk", 11, "2026-01-02T03:04:05Z", "deploy of abc")
YOU = Owner("bob", "ci", 22, "2026-01-02T03:00:00Z", "rollback")
NAME = "flawless-lease-shop"
IMAGE = "relay:1"


class Contested(MemoryEngine):
    """An engine on which somebody else takes the name just before we do, so many times, and ends at once."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    async def create(self, config: Json, name: str = "") -> str:
        if self.left:
            self.left -= 1
            self.held["theirs"] = {
                "Id": "theirs", "Name": f"/{name}", "Config": {}, "State": {"Status": "exited"}
            }  # fmt: skip
        return await super().create(config, name)


async def test_a_free_lease_is_taken_under_a_fixed_name_and_given_up_again() -> None:
    engine = MemoryEngine()
    lease = await acquire(engine, FrozenClock(), "shop", ME, IMAGE)
    (held,) = engine.held.values()
    assert (held["Name"], held["State"]["Status"], lease.taken_over) == (f"/{NAME}", "running", "")
    assert (held["Config"]["Image"], held["Config"]["Cmd"]) == (IMAGE, ["hold"])
    await lease.release()
    assert engine.held == {}


async def test_the_lease_container_has_no_rights_and_no_network() -> None:
    engine = MemoryEngine()
    await acquire(engine, FrozenClock(), "shop", ME, IMAGE)
    (held,) = engine.held.values()
    host = held["Config"]["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["NetworkMode"]) == (True, ["ALL"], "none")


async def test_a_living_holder_is_respected_and_named() -> None:
    engine = MemoryEngine()
    await acquire(engine, FrozenClock(), "shop", YOU, IMAGE)
    with pytest.raises(RefusedError) as caught:
        await acquire(engine, FrozenClock(), "shop", ME, IMAGE)
    assert caught.value.what == "bob@ci (process 22) since 2026-01-02T03:00:00Z, rollback deploys shop"
    assert caught.value.remedy
    assert caught.value.exit_code == 6
    assert len(engine.held) == 1


async def test_each_stack_has_a_lease_of_its_own() -> None:
    engine = MemoryEngine()
    await acquire(engine, FrozenClock(), "shop", YOU, IMAGE)
    assert (await acquire(engine, FrozenClock(), "forum", ME, IMAGE)).taken_over == ""


@pytest.mark.parametrize("status", ["exited", "dead", "created"])
async def test_a_dead_holder_is_replaced_and_named(status: str) -> None:
    engine = MemoryEngine()
    await acquire(engine, FrozenClock(), "shop", YOU, IMAGE)
    (old,) = engine.held
    engine.held[old]["State"]["Status"] = status
    lease = await acquire(engine, FrozenClock(), "shop", ME, IMAGE)
    assert lease.taken_over == "bob@ci (process 22) since 2026-01-02T03:00:00Z, rollback"
    assert old not in engine.held
    with pytest.raises(RefusedError, match="ann@desk"):
        await acquire(engine, FrozenClock(), "shop", YOU, IMAGE)


@pytest.mark.parametrize(
    "labels", [None, {}, {"flawless.owner": "garbage"}, {"flawless.owner": "{}"}, {"flawless.owner": '{"user": 1}'}]
)
async def test_a_holder_that_cannot_be_read_is_somebody(labels: dict[str, str] | None) -> None:
    holder: dict[str, Any] = {
        "Id": "x", "Name": f"/{NAME}", "Config": {"Labels": labels}, "State": {"Status": "running"}
    }  # fmt: skip
    with pytest.raises(RefusedError, match="somebody deploys shop"):
        await acquire(MemoryEngine([holder]), FrozenClock(), "shop", ME, IMAGE)


@pytest.mark.parametrize("times", [1, 2])
async def test_a_race_that_was_lost_to_a_short_deploy_is_run_again(times: int) -> None:
    engine = Contested(times)
    lease = await acquire(engine, FrozenClock(), "shop", ME, IMAGE)
    assert lease.taken_over == "somebody"
    assert len(engine.held) == 1


async def test_a_race_that_is_lost_again_and_again_is_refused() -> None:
    with pytest.raises(RefusedError, match="somebody else took the lease of shop just now"):
        await acquire(Contested(3), FrozenClock(), "shop", ME, IMAGE)


class Hanging(MemoryEngine):
    """An engine that starts nothing."""

    async def attach(self, config: Json, *, timeout: float, name: str = "") -> Duplex:
        raise EngineError("the engine did not answer in time")


async def test_an_engine_that_fails_is_no_lost_race() -> None:
    with pytest.raises(EngineError, match="did not answer in time"):
        await acquire(Hanging(), FrozenClock(), "shop", ME, IMAGE)


def spoke(engine: MemoryEngine, *, ago: float) -> None:
    """The holder's last heartbeat was so long ago by the engine's clock, which is not ours."""
    (ref,) = engine.held
    engines_now = NOW + 5000
    engine.recorded["info"] = {"SystemTime": iso(engines_now)}
    engine.recorded[f"logs {ref}"] = [LogLine("stdout", engines_now - ago, "")]


async def test_a_holder_that_spoke_just_now_is_alive_and_says_when() -> None:
    engine = MemoryEngine()
    await acquire(engine, FrozenClock(), "shop", YOU, IMAGE)
    spoke(engine, ago=3)
    with pytest.raises(RefusedError) as caught:
        await acquire(engine, FrozenClock(), "shop", ME, IMAGE)
    assert caught.value.where == "last heartbeat 3 s ago"


@pytest.mark.parametrize(("ago", "taken"), [(SILENT_SECONDS - 1, False), (SILENT_SECONDS, True)])
async def test_a_holder_that_is_silent_for_a_minute_is_dead_although_its_container_runs(
    ago: float, taken: bool
) -> None:
    engine = MemoryEngine()
    await acquire(engine, FrozenClock(), "shop", YOU, IMAGE)
    spoke(engine, ago=ago)
    if taken:
        assert "bob@ci" in (await acquire(engine, FrozenClock(), "shop", ME, IMAGE)).taken_over
    else:
        with pytest.raises(RefusedError, match="bob@ci"):
            await acquire(engine, FrozenClock(), "shop", ME, IMAGE)


def test_an_owner_shows_process_and_boot() -> None:
    told = str(Owner("ann", "desk", 11, "2026", "deploy", "0123456789ab"))
    assert told == "ann@desk (process 11, boot 01234567) since 2026, deploy"


HUMAN = Owner("eve", "desk", 1, "2026-01-02T03:04:05Z", "the database is being moved", "", True)


@pytest.mark.parametrize("status", ["created", "exited"])
async def test_a_human_s_lease_is_never_taken_over(status: str) -> None:
    engine = MemoryEngine()
    await lock(engine, FrozenClock(), "shop", HUMAN, IMAGE)
    (held,) = engine.held.values()
    assert held["State"]["Status"] == "created", "no process holds it"
    held["State"]["Status"] = status
    for _ in range(2):
        with pytest.raises(RefusedError) as caught:
            await acquire(engine, FrozenClock(), "shop", ME, IMAGE)
        assert caught.value.what == "eve@desk holds shop since 2026-01-02T03:04:05Z: the database is being moved"
        assert "flawless unlock" in caught.value.remedy
        assert caught.value.exit_code == 6
    with pytest.raises(RefusedError, match="the database is being moved"):
        await lock(engine, FrozenClock(), "shop", HUMAN, IMAGE)


async def test_an_ended_lock_lets_the_next_deploy_through() -> None:
    engine = MemoryEngine()
    await lock(engine, FrozenClock(), "shop", HUMAN, IMAGE)
    assert await unlock(engine, FrozenClock(), "shop") == (
        "eve@desk since 2026-01-02T03:04:05Z, the database is being moved"
    )
    assert (await acquire(engine, FrozenClock(), "shop", ME, IMAGE)).taken_over == ""


async def test_a_lock_waits_for_nobody_and_ends_no_deploy() -> None:
    engine = MemoryEngine()
    await acquire(engine, FrozenClock(), "shop", YOU, IMAGE)
    with pytest.raises(RefusedError, match="bob@ci"):
        await lock(engine, FrozenClock(), "shop", HUMAN, IMAGE)
    with pytest.raises(RefusedError, match="bob@ci"):
        await unlock(engine, FrozenClock(), "shop")
    assert len(engine.held) == 1


async def test_a_lock_takes_a_dead_lease_over_and_unlocking_nothing_is_no_fault() -> None:
    engine = MemoryEngine()
    assert await unlock(engine, FrozenClock(), "shop") == ""
    await acquire(engine, FrozenClock(), "shop", YOU, IMAGE)
    next(iter(engine.held.values()))["State"]["Status"] = "exited"
    assert "bob@ci" in await lock(engine, FrozenClock(), "shop", HUMAN, IMAGE)


async def test_a_lock_that_comes_second_is_refused() -> None:
    with pytest.raises(RefusedError, match="just now"):
        await lock(Contested(1), FrozenClock(), "shop", HUMAN, IMAGE)
