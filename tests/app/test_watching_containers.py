"""A soak over real containers: what the engine's streams tell of health, kills, restarts, logs and use."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from flawless.app.ports import make_ports
from flawless.app.session import Asked, Session
from flawless.app.soak import watch
from flawless.checks.perf.memory_grows import CHECK
from flawless.judging.run import run
from flawless.model.check import Outcome
from flawless.model.facts import Facts, Known, service_subject
from flawless.model.keys import WINDOW
from flawless.model.observed import Window
from flawless.model.settings import Settings, SoakSettings
from flawless.model.stack import Role
from flawless.ports.bundle import Ports
from flawless.ports.engine import NUMBER_LABEL, PROJECT_LABEL, SERVICE_LABEL
from flawless.probes.live._cgroups import place_of, reading
from flawless.probes.live._figures import memory_used
from flawless.testing import samples

pytestmark = pytest.mark.engine

SECONDS = 6.0
MB = 1024 * 1024
HEALTH = {"Test": ["CMD-SHELL", "test ! -e /tmp/sick"], "Interval": 300_000_000, "Retries": 1}


NAP = "select(undef, undef, undef, 1)"
HABITS = {
    "leaks-1-mb": f"my @held; while (1) {{ push @held, chr(65 + rand 26) x 1_000_000; {NAP} }}",
    "leaks-50-kb": f"my (@held, $own); $own = 'y' x 60_000_000; while (1) {{ push @held, 'x' x 50_000; {NAP} }}",
    "is-noisy": "my $own = 'y' x 60_000_000; while (1) { my $x = 'z' x int(rand 8_000_000); sleep rand 3 }",
    "warms-up": f"my $own = 'y' x 20_000_000; select(undef, undef, undef, 40); $own x= 3; while (1) {{ {NAP} }}",
}


class Yard(Struct, frozen=True):
    """A project, and the containers made for its services."""

    session: Session
    made: list[str]

    async def container(
        self, script: str, *, service: str = "backend", host: dict[str, Any] | None = None, **config: Any
    ) -> str:
        """A running container of a service; its id."""
        labels = {PROJECT_LABEL: self.session.stack.name, SERVICE_LABEL: service, NUMBER_LABEL: "1"}
        engine = self.session.ports.engine
        limits = {"NetworkMode": "none", "Memory": 64 * MB, "MemorySwap": 64 * MB, "PidsLimit": 32, **(host or {})}
        whole = {"Image": "debian:bookworm-slim", "Cmd": ["sh", "-c", script], "Labels": labels, "HostConfig": limits}
        ref = await engine.create({**whole, **config})
        self.made.append(ref)
        await engine.start(ref)
        return ref

    async def healthy(self, ref: str) -> None:
        """Wait until the engine calls a container healthy."""
        for _ in range(200):
            if ((await self.session.ports.engine.container(ref)) or {})["State"]["Health"]["Status"] == "healthy":
                return
            await asyncio.sleep(0.1)
        pytest.fail("not healthy within 20 s")

    async def watched(self, known: frozenset[str] = frozenset()) -> Window:
        """The window of a soak over what runs."""
        baseline = {service_subject("backend"): known}
        facts = Facts(await watch(self.session, SECONDS, None, baseline))
        found = facts.get(WINDOW, service_subject("backend"))
        assert isinstance(found, Known), found
        return found.value


@pytest.fixture(params=[("backend",)])
async def yard(request: pytest.FixtureRequest) -> AsyncIterator[Yard]:
    """Empty; what a test puts there is removed afterwards. Its services may be given as parameter."""
    ports: Ports = make_ports()
    services = [samples.service(name, role=Role.BACKEND) for name in request.param]
    stack = samples.stack(*services, name=f"yard{secrets.token_hex(4)}")
    settings, nothing = Settings(soak=SoakSettings(interval=0.5)), None
    unused: Any = nothing
    made = Yard(Session(Path("/none"), ports, settings, stack, unused, Asked(), lambda _: None), [])
    yield made
    for ref in made.made:
        await ports.engine.remove(ref, force=True)
    await ports.engine.close()


@pytest.mark.parametrize("tty", [False, True])
async def test_a_quiet_container_is_watched_and_only_its_new_errors_are_told(yard: Yard, tty: bool) -> None:
    say = "echo ERROR pool 2 timed out; sleep 2; echo ERROR no such table orders; echo fine; exec sleep 60"
    await yard.container(say, Tty=tty)
    found = await yard.watched(frozenset({"ERROR pool <n> timed out"}))
    assert [(one.template, one.count) for one in found.new_errors] == [("ERROR no such table orders", 1)]
    assert (found.restarts, found.oom_kills, found.health_flaps) == (0, 0, 0)
    assert found.seconds >= SECONDS
    assert len(found.samples) >= 3
    assert all(0 < sample.memory < 64 * MB and 0 <= sample.cpu < 1 for sample in found.samples)
    assert found.peak >= max(sample.memory for sample in found.samples)


async def test_health_that_was_lost_and_came_back_is_a_flap(yard: Yard) -> None:
    ref = await yard.container(
        "while [ ! -e /tmp/go ]; do sleep 0.1; done; sleep 1; touch /tmp/sick; sleep 2; rm /tmp/sick; exec sleep 60",
        Healthcheck=HEALTH,
    )
    await yard.healthy(ref)
    await yard.session.ports.engine.exec(ref, ["touch", "/tmp/go"], timeout=10)
    found = await yard.watched()
    assert (found.health_flaps, found.restarts) == (1, 0)
    assert found.seconds >= SECONDS


async def test_a_child_that_is_killed_for_memory_is_told_although_the_container_lives_on(yard: Yard) -> None:
    ref = await yard.container("sleep 2; perl -e '$x = \"x\" x 200_000_000'; sleep 60")
    found = await yard.watched()
    state = (await yard.session.ports.engine.container(ref) or {})["State"]
    assert (state["Running"], found.restarts) == (True, 0)
    assert found.oom_kills >= 1
    assert found.seconds < SECONDS


async def test_a_restart_ends_the_soak_and_its_last_words_are_there(yard: Yard) -> None:
    die = "for i in 1 2 3 4 5 6; do sleep 0.5; echo 'ERROR it is breaking' >&2; done; echo 'ERROR it broke'; exit 1"
    await yard.container(die, host={"RestartPolicy": {"Name": "always"}})
    found = await yard.watched()
    assert found.restarts >= 1
    assert found.seconds < SECONDS
    assert "ERROR it broke" in {one.template for one in found.new_errors}


async def test_cpu_that_is_held_back_by_its_limit_is_counted(yard: Yard) -> None:
    await yard.container("while :; do :; done", host={"NanoCpus": 10_000_000})
    found = await yard.watched()
    assert found.throttled > 0.5 * found.periods > 0


async def test_the_kernels_figures_are_the_engines(yard: Yard) -> None:
    ref = await yard.container("exec sleep 60")
    ports = yard.session.ports
    container = await ports.engine.container(ref)
    assert container is not None
    place = place_of(container, ports.files.read_text)
    here = reading(place, ports.files.read_text, ports.clock.monotonic()) if place else None
    if here is None:
        pytest.skip("the engine does not run on this machine")
    there = await ports.engine.stats(ref)
    assert memory_used(here) == pytest.approx(memory_used(there), rel=0.2, abs=MB)
    assert here["pids_stats"]["current"] == there["pids_stats"]["current"]
    assert here["cpu_stats"]["cpu_usage"]["total_usage"] <= there["cpu_stats"]["cpu_usage"]["total_usage"]


@pytest.mark.full  # ten minutes
@pytest.mark.parametrize("yard", [tuple(HABITS)], indirect=True)
async def test_real_leaks_are_told_from_noise_and_warm_up(yard: Yard) -> None:
    room = {"Memory": 1024 * MB, "MemorySwap": 1024 * MB}
    for name, habit in HABITS.items():
        await yard.container("", service=name, host=room, Cmd=["perl", "-e", habit])
    facts = Facts(await watch(yard.session, 600.0, None, {}))
    [verdict] = run([(CHECK, CHECK.rules[0])], yard.session.stack, facts)
    found = {finding.subject.removeprefix("service:"): finding for finding in verdict.findings}
    print("\n".join(f"{name}: {finding.message}" for name, finding in found.items()))  # noqa: T201
    assert {name: finding.outcome for name, finding in found.items()} == {
        "leaks-1-mb": Outcome.FAIL,
        "leaks-50-kb": Outcome.FAIL,
        "is-noisy": "my $own = 'y' x 60_000_000; while (1) { my $x = 'z' x int(rand 8_000_000); sleep rand 3 }",
        "warms-up": Outcome.PASS,
    }
