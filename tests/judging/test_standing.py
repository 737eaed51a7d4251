"""How a service stands, told from its containers, and what that makes of the command's exit code."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from flawless.judging.standing import exit_code, service_standing
from flawless.model.facts import Known, Unknown
from flawless.model.stack import Role
from flawless.model.standing import StackStanding, Standing
from flawless.testing import samples


def standing(*containers: dict[str, Any], images: dict[str, str] | None = None, **service: Any) -> tuple[Standing, str]:
    states = tuple(structs.replace(samples.container(), **changes) for changes in containers)
    found = service_standing(samples.service("backend", **service), Known(states), images or {})
    return found.standing, found.why


def job(**changes: Any) -> tuple[Standing, str]:
    return standing(changes, role=Role.JOB)


CASES = [
    (standing({}), (Standing.HEALTHY, "healthy")),
    (standing({"health": "none"}), (Standing.UNCHECKED, "runs, no healthcheck")),
    (standing({"health": "starting"}), (Standing.STARTING, "starting")),
    (standing({"health": "unhealthy"}), (Standing.FAULTY, "unhealthy")),
    (standing({"state": "paused"}), (Standing.FAULTY, "paused")),
    (standing({"state": "created", "error": "port is taken"}), (Standing.FAULTY, "created: port is taken")),
    (standing({"state": "exited", "exit_code": 0}), (Standing.FAULTY, "exited with 0")),
    (
        standing({"state": "exited", "exit_code": 137, "oom_killed": True}),
        (Standing.FAULTY, "exited with 137, out of memory"),
    ),
    (standing(), (Standing.FAULTY, "has no container")),
    (standing(replicas=0), (Standing.DONE, "none wanted")),
    (standing({}, replicas=2), (Standing.FAULTY, "1 of 2 replicas")),
    (standing({}, {"health": "unhealthy"}, replicas=2), (Standing.FAULTY, "unhealthy")),
    (standing({}, images={"backend": "sha256:backend"}), (Standing.HEALTHY, "healthy")),
    (
        standing({}, images={"backend": "sha256:other"}),
        (Standing.FAULTY, "healthy, but its image is not the release's"),
    ),
    (job(state="exited"), (Standing.DONE, "ended with 0")),
    (
        standing({"state": "exited"}, images={"backend": "sha256:other"}, role=Role.JOB),
        (Standing.DONE, "ended with 0"),
    ),
    (job(state="exited", exit_code=1), (Standing.FAULTY, "exited with 1")),
    (job(), (Standing.STARTING, "runs")),
    (standing(role=Role.JOB), (Standing.FAULTY, "has not been run")),
]


@pytest.mark.parametrize(("found", "wanted"), CASES)
def test_a_service_stands_as_its_worst_container(found: tuple[Standing, str], wanted: tuple[Standing, str]) -> None:
    assert found == wanted


@pytest.mark.parametrize("reading", [None, Unknown("the engine does not answer")])
def test_what_was_not_seen_is_unknown(reading: Unknown | None) -> None:
    assert service_standing(samples.service("backend"), reading, {}).standing is Standing.UNKNOWN


GOOD = (Standing.HEALTHY, Standing.UNCHECKED, Standing.DONE)
CODES = [(GOOD, 0), ((*GOOD, Standing.STARTING), 1), ((*GOOD, Standing.FAULTY, Standing.UNKNOWN), 1)]


@pytest.mark.parametrize(("standings", "code"), [*CODES, ((*GOOD, Standing.UNKNOWN), 3)])
def test_the_exit_code_is_that_of_the_worst_service(standings: tuple[Standing, ...], code: int) -> None:
    one = service_standing(samples.service("backend"), None, {})
    services = tuple(structs.replace(one, standing=each) for each in standings)
    assert exit_code(StackStanding(name="sample", at=0.0, services=services)) == code
