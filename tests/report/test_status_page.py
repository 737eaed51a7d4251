"""How a stack stands, on one screen and as JSON."""

from __future__ import annotations

import json

import pytest
from msgspec import structs

from flawless.judging.standing import service_standing
from flawless.model.facts import Known, Unknown
from flawless.model.history import RunRow
from flawless.model.observed import Published
from flawless.model.standing import ReleaseMark, StackStanding
from flawless.report.status_page import status_json, status_page
from flawless.testing import samples
from tests.report.golden import same_as_golden

NGINX = structs.replace(samples.container("nginx"), published=(Published("127.0.0.1", 8443, 8443),))
SICK = structs.replace(samples.container(), number=2, health="unhealthy", restart_count=7)
SERVICES = (
    service_standing(samples.service("nginx"), Known((NGINX,)), {}),
    service_standing(samples.service("backend", replicas=3), Known((samples.container(), SICK)), {}),
    service_standing(samples.service("postgres"), Unknown("the engine does not answer"), {}),
    service_standing(samples.service("redis"), Known(()), {}),
)
RUN = RunRow("r1", "sample", "verify", "2026-01-02T03:04:05Z", 3.2, 1, False, "a blocking check failed")
STACK = StackStanding(
    name="sample",
    at=samples.NOW,
    services=SERVICES,
    release=ReleaseMark("20260102-030405-c3d4", "bad", samples.REVISION, "20260101-030405-a1b2"),
    certificate_days=41.6,
    disk_free=5 * 1024**3,
    disk_total=20 * 1024**3,
    verdict=RUN,
)
BLIND = StackStanding(
    name="sample", at=samples.NOW, services=SERVICES[2:3], unseen={"certificate": "no \x1b[31mport", "release": "lost"}
)


@pytest.mark.parametrize("width", [80, 120])
def test_one_screen(width: int) -> None:
    page = status_page(STACK, width)
    assert len(page.splitlines()) <= 24
    assert max(map(len, page.splitlines())) <= width
    assert same_as_golden(f"status-{width}.txt", page)


def test_what_could_not_be_told_says_why_and_carries_no_escape() -> None:
    page = status_page(BLIND)
    for part in ("release      ? lost", "certificate  ? no port", "disk         - not looked at", "? "):
        assert part in page
    assert "\x1b" not in page
    assert "✔" not in page


def test_a_certificate_that_is_over_is_not_green() -> None:
    assert "✘ expired 2 days ago" in status_page(structs.replace(STACK, certificate_days=-2.0))


def test_the_json_has_each_container_and_the_exit_code() -> None:
    data = json.loads(status_json(STACK, 1))
    assert (data["schema"], data["exit_code"]) == ("flawless/status/1", 1)
    backend = data["services"][1]
    assert [(one["standing"], one["restart_count"]) for one in backend["containers"]] == [("healthy", 0), ("faulty", 7)]
    assert data["services"][0]["containers"][0]["published"][0]["host_port"] == 8443


def test_a_long_verdict_is_wrapped_below_itself() -> None:
    run = structs.replace(RUN, reason="backend ended with status 1 right after its start; the old release serves again")
    last = status_page(structs.replace(STACK, verdict=run), 80).splitlines()[-2:]
    assert last[0].startswith("verdict      ✘ no go (1): verify")
    assert last[1].startswith("             ")
    assert max(map(len, last)) <= 80
