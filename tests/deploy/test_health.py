"""Is a container good? Judged by its own healthcheck, on more than one sample."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from flawless.deploy.health import GOOD_SAMPLES, SAMPLE_SECONDS, broken, deadline, good, stays_good, wait_good
from flawless.ports.mask import Masker
from flawless.testing import samples
from flawless.testing.fakes import FrozenClock, MemoryEngine, fake_ports, inspected
from flawless.testing.samples import NOW

REF = "id-sample-web-1"


NANO = 1_000_000_000
ASKED = {"Test": ["CMD", "x"]}


@pytest.mark.parametrize(
    ("check", "seconds"),
    [
        (
            {**ASKED, "Interval": 2 * NANO, "Timeout": 3 * NANO, "Retries": 4, "StartPeriod": 5 * NANO},
            5 + 4 * (2 + 3) + 10,
        ),
        (ASKED, 3 * (30 + 30) + 10),
        ({**ASKED, "Interval": 0, "Timeout": 0, "Retries": 0, "StartPeriod": 0}, 3 * (30 + 30) + 10),
        ({**ASKED, "StartPeriod": 60 * NANO}, 60 + 3 * (30 + 30) + 10),
        ({"Test": ["NONE"], "Interval": 2 * NANO, "StartPeriod": 5 * NANO}, 5 + 10),
        ({"Test": [], "Interval": 2 * NANO}, 5 + 10),
        ({}, 5 + 10),
        (None, 5 + 10),
    ],
    ids=["all-set", "engine-defaults", "zeros-are-defaults", "start-period", "disabled", "empty", "blank", "none"],
)
def test_the_deadline_comes_from_the_healthcheck_that_the_engine_runs(
    check: dict[str, Any] | None, seconds: float
) -> None:
    assert deadline({"Config": {"Healthcheck": check}}) == seconds
    assert deadline({"Config": {"Healthcheck": check} if check is not None else {}}) == seconds


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"health": "starting"}, ""),
        ({"health": "none"}, ""),
        ({"state": "created"}, ""),
        ({"oom_killed": True, "state": "exited", "exit_code": 137}, "sample-web-1 was killed for its memory limit"),
        ({"state": "exited", "exit_code": 3}, "sample-web-1 ended with status 3 right after its start"),
        ({"state": "dead", "exit_code": 1}, "sample-web-1 ended with status 1 right after its start"),
        ({"state": "restarting", "exit_code": 1}, "sample-web-1 ended with status 1 right after its start"),
        ({"restart_count": 1}, "sample-web-1 ended right after its start"),
        ({"health": "unhealthy", "health_output": "refused"}, "sample-web-1 is unhealthy: refused"),
        ({"health": "unhealthy"}, "sample-web-1 is unhealthy: the healthcheck said nothing"),
    ],
)
def test_what_waiting_will_not_mend_is_broken(changes: dict[str, Any], why: str) -> None:
    assert broken(structs.replace(samples.container("web"), **changes)) == why


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"health": "starting"}, False),
        ({"health": "unhealthy"}, False),
        ({"state": "paused"}, False),
        ({"health": "none", "started_at": NOW - 5.0}, True),
        ({"health": "none", "started_at": NOW - 4.9}, False),
    ],
)
def test_one_sample_is_good_when_healthy_or_up_for_five_seconds(changes: dict[str, Any], expected: bool) -> None:
    assert good(structs.replace(samples.container("web"), **changes), NOW) is expected


class Watched:
    """A wait for a container whose states come one after the other; None: it is gone; the last one stays."""

    def __init__(self, *states: dict[str, Any] | None) -> None:
        self.engine = MemoryEngine()
        self.clock = FrozenClock()
        self.told: list[str] = []
        self._states = list(states)
        self._next()

    def _next(self) -> None:
        if self._states:
            state = self._states.pop(0)
            self.engine.held = {} if state is None else {REF: inspected("web", **state)}

    def _progress(self, text: str) -> None:
        self.told.append(text)
        self._next()

    async def wait(self, seconds: float = 60.0) -> str:
        masker = Masker(["hunter22"])
        ports = fake_ports(engine=self.engine, clock=self.clock, masker=masker)
        return await wait_good(ports, REF, self._progress, seconds=seconds)

    async def stay(self, seconds: float) -> str:
        return await stays_good(fake_ports(engine=self.engine, clock=self.clock), REF, seconds)


HEALTHY, STARTING = {"Health": "healthy"}, {"Health": "starting"}
FAILED = {"Status": "unhealthy", "Log": [{"Output": "hunter22 refused"}]}


async def test_three_good_samples_in_a_row_are_enough_and_fewer_are_not() -> None:
    watched = Watched(HEALTHY)
    assert await watched.wait() == ""
    assert watched.clock.slept == [SAMPLE_SECONDS] * (GOOD_SAMPLES - 1)


async def test_a_flap_starts_the_count_again() -> None:
    watched = Watched(HEALTHY, HEALTHY, STARTING, HEALTHY)
    assert await watched.wait() == ""
    assert len(watched.clock.slept) == 3 + GOOD_SAMPLES - 1


async def test_without_a_healthcheck_it_must_be_up_for_five_seconds_first() -> None:
    watched = Watched({"StartedAt": "2027-01-15T08:00:00Z"})
    assert watched.clock.now() == NOW
    assert await watched.wait() == ""
    assert sum(watched.clock.slept) == 5.0 + SAMPLE_SECONDS * (GOOD_SAMPLES - 1)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (None, "container id-sample-we is gone"),
        ({"Status": "restarting", "ExitCode": 1}, "sample-web-1 ended with status 1 right after its start"),
        ({"Status": "exited", "ExitCode": 2}, "sample-web-1 ended with status 2 right after its start"),
        ({"Status": "exited", "OOMKilled": True}, "sample-web-1 was killed for its memory limit"),
        ({"Health": FAILED}, "sample-web-1 is unhealthy: ••• refused"),
    ],
    ids=["gone", "restarting", "exited", "oom", "unhealthy"],
)
async def test_what_is_broken_fails_at_once(state: dict[str, Any] | None, why: str) -> None:
    watched = Watched(state)
    assert await watched.wait() == why
    assert watched.clock.slept == []


async def test_what_breaks_while_we_wait_fails_then() -> None:
    watched = Watched(HEALTHY, HEALTHY, {"Status": "exited", "ExitCode": 1})
    assert "ended with status 1" in await watched.wait()
    assert len(watched.clock.slept) == 2


async def test_what_never_comes_good_is_told_with_its_last_state_at_the_deadline() -> None:
    watched = Watched(STARTING)
    why = await watched.wait(4.0)
    assert why == "sample-web-1 is running, health starting after 4 s, all the time it is given"
    assert watched.clock.monotonic() == 4.0


async def test_waiting_says_what_it_waits_for_and_how_long_still() -> None:
    watched = Watched(STARTING, HEALTHY)
    await watched.wait(10.0)
    assert watched.told[0] == "sample-web-1 is running, health starting, up to 10 s more"


def test_a_restart_from_before_we_waited_is_no_news() -> None:
    state = structs.replace(samples.container("web"), restart_count=2)
    assert broken(state, restarts=2) == ""
    assert broken(state, restarts=1) != ""


async def test_without_a_time_of_ours_the_healthcheck_s_own_is_waited_for() -> None:
    watched = Watched(STARTING)
    watched.engine.held[REF]["Config"]["Healthcheck"] = {**ASKED, "Interval": NANO, "Timeout": NANO, "Retries": 1}
    assert (await watched.wait(0.0)).endswith("after 12 s, all the time it is given")


async def test_what_holds_while_it_is_monitored_is_good() -> None:
    watched = Watched(HEALTHY)
    assert await watched.stay(2.0) == ""
    assert watched.clock.monotonic() == 2.0


async def test_nothing_is_watched_where_nobody_asked_for_it() -> None:
    assert (await Watched(None).stay(0.0), await Watched(HEALTHY).stay(0.0)) == ("", "")


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (None, "container id-sample-we is gone"),
        ({"Health": FAILED}, "sample-web-1 is unhealthy: hunter22 refused, 0 s after it had come good"),
        ({"Status": "exited", "ExitCode": 1}, "sample-web-1 ended with status 1 right after its start, 0 s after it"),
    ],
)
async def test_what_fails_while_it_is_monitored_is_told(state: dict[str, Any] | None, why: str) -> None:
    assert (await Watched(state).stay(2.0)).startswith(why)
