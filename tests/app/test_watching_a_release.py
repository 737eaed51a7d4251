"""The streams of a soak, from an engine in memory: what becomes a fault, what is no news, and what is not seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from flawless.app.session import Asked, Session
from flawless.app.soak import watch
from flawless.model.facts import STACK, Facts, Known, Unknown, service_subject
from flawless.model.keys import LATENCY, WINDOW
from flawless.model.observed import Window
from flawless.model.settings import Settings
from flawless.model.stack import Role
from flawless.ports.clock import iso
from flawless.ports.engine import LogLine
from flawless.testing import samples
from flawless.testing.fakes import FrozenClock, MemoryEngine, fake_ports, inspected
from flawless.testing.samples import NOW

MB = 1024 * 1024
ID = "id-sample-backend-1"


def stats(memory: int, total: int, system: int) -> dict[str, Any]:
    """A reading of the stream: ``total`` and ``system`` are nanoseconds, the reading before has none of them."""
    cpu = {"cpu_usage": {"total_usage": total}, "system_cpu_usage": system, "online_cpus": 2}
    before = {"cpu_usage": {"total_usage": 0}, "system_cpu_usage": 0}
    return {"memory_stats": {"usage": memory}, "cpu_stats": cpu, "precpu_stats": before}


def event(action: str, container: str = ID) -> dict[str, Any]:
    return {"Action": action, "Actor": {"ID": container}, "timeNano": int(NOW * 1e9)}


def engine(**recorded: Any) -> MemoryEngine:
    """A backend that runs, and what its streams say."""
    said = {
        "info": {"SystemTime": iso(NOW)},
        "events": (),
        f"stats-stream {ID}": (stats(50 * MB, 10, 100),),
        f"logs {ID}": (LogLine("stdout", NOW + 1, "INFO started"),),
    }
    return MemoryEngine([inspected("backend", Health="healthy")], said | recorded)


async def watched(engine: MemoryEngine, known: Mapping[str, frozenset[str]] | None = None) -> tuple[Facts, FrozenClock]:
    clock = FrozenClock()
    stack = samples.stack(samples.service("backend", role=Role.BACKEND), samples.service("migrate", role=Role.JOB))
    nothing: Any = None
    ports = fake_ports(engine=engine, clock=clock)
    session = Session(Path("/none"), ports, Settings(), stack, nothing, Asked(), lambda _: None)
    return Facts(await watch(session, 10.0, None, known or {})), clock


async def window_of(engine: MemoryEngine, known: Mapping[str, frozenset[str]] | None = None) -> Window:
    facts, _ = await watched(engine, known)
    reading = facts.get(WINDOW, service_subject("backend"))
    assert isinstance(reading, Known), reading
    return reading.value


async def test_a_quiet_release_is_watched_to_the_end() -> None:
    facts, clock = await watched(engine())
    reading = facts.get(WINDOW, service_subject("backend"))
    assert isinstance(reading, Known)
    found = reading.value
    assert (found.seconds, found.asked, clock.monotonic()) == (10.0, 10.0, 10.0)
    assert (found.restarts, found.oom_kills, found.health_flaps, found.new_errors) == (0, 0, 0, ())
    assert [(one.memory, one.cpu) for one in found.samples] == [(50 * MB, 0.2)]
    assert "followed for 10 s" in reading.evidence[0].what
    assert list(facts.of(WINDOW)) == [service_subject("backend")]


async def test_health_that_comes_back_is_a_flap() -> None:
    events = (event("health_status: unhealthy"), event("health_status: healthy"))
    found = await window_of(engine(events=events))
    assert (found.health_flaps, found.seconds) == (1, 10.0)


@pytest.mark.parametrize(("action", "counts"), [("die", (1, 0)), ("oom", (0, 1))])
async def test_a_death_or_a_kill_ends_it_early(action: str, counts: tuple[int, int]) -> None:
    found = await window_of(engine(events=(event(action),)))
    assert (found.restarts, found.oom_kills) == counts
    assert found.seconds < found.asked


async def test_containers_that_were_not_there_at_the_begin_are_nobodys_fault() -> None:
    found = await window_of(engine(events=(event("die", "id-of-a-job"), event("oom", "id-of-a-run"))))
    assert (found.restarts, found.oom_kills) == (0, 0)


async def test_errors_that_the_last_good_release_had_are_no_news() -> None:
    lines = [LogLine("stderr", NOW + 1, f"ERROR pool {n} timed out") for n in range(3)]
    lines.append(LogLine("stderr", NOW + 2, "ERROR no such table"))
    lines.append(LogLine("stderr", NOW - 50, "ERROR from before the soak"))
    known = {service_subject("backend"): frozenset({"ERROR pool <n> timed out"})}
    found = await window_of(engine(**{f"logs {ID}": lines}), known)
    assert [(one.template, one.count) for one in found.new_errors] == [("ERROR no such table", 1)]


@pytest.mark.parametrize(
    ("missing", "reason"), [("events", "events could not be followed"), (f"logs {ID}", "log could not be followed")]
)
async def test_a_stream_that_the_engine_refuses_is_unknown(missing: str, reason: str) -> None:
    deaf = engine()
    del deaf.recorded[missing]
    facts, _ = await watched(deaf)
    reading = facts.get(WINDOW, service_subject("backend"))
    assert isinstance(reading, Unknown)
    assert reason in reading.reason


async def test_statistics_that_are_refused_are_no_samples() -> None:
    blind = engine()
    del blind.recorded[f"stats-stream {ID}"]
    assert (await window_of(blind)).samples == ()


async def test_without_a_prober_nothing_is_known_of_the_latency() -> None:
    facts, _ = await watched(engine())
    assert isinstance(facts.get(LATENCY, STACK), Unknown)


async def test_a_fault_of_ours_in_a_stream_is_not_hidden() -> None:
    with pytest.raises(AttributeError):
        await watched(engine(events=(None,)))
