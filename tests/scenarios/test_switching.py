"""Whole deploys under a fixed name: handed over without a gap, after a kill -9, on the way back, and paused."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.scenarios.harness import ALLOWED, Result, docker, until
from tests.scenarios.two_services import TwoServices

pytestmark = [pytest.mark.engine, pytest.mark.full]

NAMED = ("    init: true\n", "    container_name: ${COMPOSE_PROJECT_NAME}-api\n")
READS = "    my $path = path($client) or next;\n"
UNHEALTHY = ("backend/server.pl", READS, f'{READS}    next if $path eq "/health/ready";\n')


def backends(site: TwoServices, *, running: bool = True) -> list[str]:
    """Names of the backend's containers."""
    return site.names("backend", running=running)


def without_a_gap(result: Result, strategy: str = "start-first") -> None:
    """Fail unless the deploy went well, the backend changed hands so, and no request failed."""
    assert result.code == 0, result.err + result.out
    (backend,) = [each for each in result.report["services"] if each["service"] == "backend"]
    assert backend["strategy"] == strategy, backend
    traffic = result.report["traffic"]
    assert traffic["failed"] == 0, json.dumps(traffic)
    assert all(traffic[part]["requests"] for part in ("before", "during", "after")), traffic


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoServices]:
    """A site whose backend has a fixed container name, deployed."""
    site = TwoServices(tmp_path_factory.mktemp("switching"), f"flswitch{os.getpid()}")
    place, line = NAMED
    site.change("compose.yaml", place, line + place)
    site.commit("a fixed name")
    try:
        first = site.deploy()
        assert first.code == 0, first.err + first.out
        assert backends(site) == [f"{site.project}-api"]
        yield site
    finally:
        site.remove()


def test_a_fixed_name_is_handed_over_without_a_gap(named: TwoServices) -> None:
    revision = named.commit("under a fixed name")
    without_a_gap(named.deploy())
    assert backends(named) == [f"{named.project}-api"]
    assert named.revision() == revision
    shown = subprocess.run(
        ("docker", "compose", "ps", "--format", "json", "backend"),
        cwd=named.stack, env=named.environment, capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    assert json.loads(shown)["Name"] == f"{named.project}-api"


def test_the_fixed_name_is_known_in_the_network_while_two_run(named: TwoServices) -> None:
    raw = json.loads(docker("inspect", f"{named.project}-api"))[0]
    networks = raw["NetworkSettings"]["Networks"]
    assert all(f"{named.project}-api" in network["Aliases"] for network in networks.values())


def two_run(site: TwoServices) -> bool:
    return len(backends(site)) == 2


def test_a_handover_that_is_killed_is_finished_by_the_next_deploy(named: TwoServices) -> None:
    revision = named.commit("killed while two run")
    process = named.start_deploy()
    try:
        until(lambda: two_run(named), 120, "two run")
    finally:
        process.kill()
        process.wait(timeout=30)
    assert named.get("/health")[0] == 200, "the site serves after the kill"
    result = named.deploy()
    assert result.code == 0, result.err + result.out
    assert backends(named, running=False) == [f"{named.project}-api"]
    assert named.revision() == revision


def test_a_rollback_hands_the_name_over_too(named: TwoServices) -> None:
    before = named.revision()
    named.commit("to be taken back")
    without_a_gap(named.deploy())
    back = named.flawless("rollback", *ALLOWED)
    without_a_gap(back)
    assert named.revision() == before
    assert backends(named, running=False) == [f"{named.project}-api"]


def test_a_bad_release_under_a_fixed_name_never_takes_the_good_one_down(named: TwoServices) -> None:
    serving = named.revision()
    named.change(*UNHEALTHY)
    named.commit("never healthy")
    try:
        result = named.deploy()
        assert result.code == 4, result.err + result.out
        assert result.report["traffic"]["failed"] == 0, json.dumps(result.report["traffic"])
        assert (named.revision(), backends(named, running=False)) == (serving, [f"{named.project}-api"])
    finally:
        named.git("revert", "--no-edit", "HEAD")


PAUSE = "    deploy: {update_config: {failure_action: pause}}\n"


def test_pause_leaves_both_and_says_what_to_run(named: TwoServices) -> None:
    serving = named.revision()
    named.change("compose.yaml", NAMED[1], PAUSE)
    named.change(*UNHEALTHY)
    named.commit("never healthy, and paused")
    try:
        result = named.deploy()
        assert result.code == 4, result.err + result.out
        release = result.report["release"]["parent"]
        assert f"flawless rollback --to {release}" in result.report["decision"]["reason"]
        assert (len(backends(named)), len(backends(named, running=False))) == (1, 2)
        assert named.revision() == serving
        assert result.report["traffic"]["failed"] == 0, json.dumps(result.report["traffic"])
        assert named.flawless("rollback", "--to", release, *ALLOWED).code == 0
        assert len(backends(named, running=False)) == 1
        assert named.revision() == serving
    finally:
        named.git("revert", "--no-edit", "HEAD")
