"""Programs of images tried alone, on the real engine: each answer beside its negative control."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from flawless.app.ports import make_ports
from flawless.model.facts import Known, Unknown
from flawless.model.keys import HEALTH_TRIAL, START_TRIAL
from flawless.model.observed import Trial
from flawless.model.settings import Settings
from flawless.model.stack import Build, Health, Role, Service
from flawless.ports.bundle import Target
from flawless.ports.strays import LABEL
from flawless.probes.images import trials
from flawless.testing import samples
from tests.scenarios.harness import docker

pytestmark = pytest.mark.engine

BASE = "debian:bookworm-slim"
HERE = samples.HERE
BUILT = Build("/sample", "/sample/Dockerfile", "", (), HERE)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = _probes()
    yield
    assert _probes() <= before


def _probes() -> set[str]:
    return set(docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}=1").split())


def readings(service: Service) -> dict[str, Known[Any] | Unknown]:
    async def look() -> dict[str, Known[Any] | Unknown]:
        ports = make_ports()
        try:
            facts = await trials.gather(Target(samples.stack(service), Settings(), ports))
        finally:
            await ports.engine.close()
        return {fact.key: fact.reading for fact in facts}

    return asyncio.run(look())


def trial(service: Service, key: str) -> Trial:
    reading = readings(service)[key]
    assert isinstance(reading, Known), reading
    assert isinstance(reading.value, Trial)
    return reading.value


def health(*test: str) -> Trial:
    return trial(samples.service("app", image=BASE, health=Health(test, False, HERE)), HEALTH_TRIAL.name)


def start(*command: str, role: Role = Role.BACKEND) -> Trial:
    service = samples.service("app", image=BASE, build=BUILT, role=role, entrypoint=(), command=command, health=None)
    return trial(service, START_TRIAL.name)


def test_a_test_that_asks_nobody_succeeds_and_one_that_asks_fails() -> None:
    assert health("CMD", "true").status == 0
    asked = health("CMD-SHELL", "bash -c 'exec 3<>/dev/tcp/127.0.0.1/8081'")
    assert asked.status == 1
    assert any("refused" in line for line in asked.output), asked


def test_a_program_that_is_not_there_is_told_by_the_shell_and_by_the_engine() -> None:
    said = health("CMD-SHELL", "curl -f http://localhost || exit 1")
    assert said.status == 1
    assert any("curl: not found" in line for line in said.output), said
    assert 'exec: "curl": executable file not found' in health("CMD", "curl", "-f", "http://localhost").refused


def test_without_a_healthcheck_nothing_runs() -> None:
    assert trial(samples.service("app", image=BASE, health=None), HEALTH_TRIAL.name) == Trial(())
    assert health("NONE") == Trial(())


def test_a_stub_ends_in_silence_and_a_program_says_why_it_ends_or_runs_on() -> None:
    stub = start("true")
    assert (stub.status, stub.output) == (0, ())
    ended = start("sh", "-c", "echo no settings >&2; exit 78")
    assert (ended.status, ended.output) == (78, ("no settings",))
    began = time.monotonic()
    assert start("sleep", "60").status is None
    assert time.monotonic() - began < 30


def test_what_cannot_be_executed_is_told_by_the_engine_or_by_status_126() -> None:
    assert "permission denied" in start("/etc/passwd").refused
    assert start("sh", "-c", "exec /etc/passwd").status == 126
    assert start("/etc/nothing").status is None
    assert "permission denied" not in start("/etc/nothing").refused


def test_jobs_are_not_started() -> None:
    assert start("true", role=Role.JOB) == Trial(())


def test_nothing_can_be_reached_and_no_capability_is_left() -> None:
    found = start("sh", "-c", "ls /sys/class/net; grep CapEff /proc/self/status")
    assert found.output[0] == "lo"
    assert found.output[-1].endswith("0000000000000000")


def test_an_image_that_is_not_here_is_unknown() -> None:
    found = readings(samples.service("app", image="nowhere/nothing:1"))
    assert all(isinstance(each, Unknown) and "does not have the image" in each.reason for each in found.values())
