"""Faults of the tool's own process, and of two who work at once (1 to 9 of the catalogue)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flawless.model.release import ReleaseState
from tests.faults.ground import KILLED, LAUNCHER, Fault, Ground, ends_well
from tests.faults.kinds import Kind
from tests.faults.wire import Wire
from tests.scenarios.harness import ALLOWED, docker, until

pytestmark = pytest.mark.engine

REFUSED = 6
STOP = "flawless.ports.aioengine:AioEngine.stop"


def before_the_old_backend_goes(*deed: str) -> Fault:
    """The frontend is switched, the new backend is healthy, the old one is still there."""
    return {"call": STOP, "nth": 2, "do": list(deed)}


@pytest.mark.fault(1)
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 130)])
def test_a_cancelled_job_frees_its_lock_and_leaves_a_state_that_is_known(ground: Ground, name: str, code: int) -> None:
    new = ground.commit(Kind.HEALTHY)
    ended = ground.deploy(faults=[before_the_old_backend_goes("signal", name)])
    assert ended.code == code, ended.err + ended.out
    assert ground.leases() == []
    ground.outside.seen()
    ends_well(ground, new)
    assert not ground.outside.failures


@pytest.mark.fault(2)
@pytest.mark.parametrize("removed", [False, True], ids=["old-runs-on", "old-stopped-not-removed"])
def test_killed_between_new_healthy_and_old_removed_nothing_is_doubled(ground: Ground, removed: bool) -> None:
    (old,) = ground.ids("backend")["backend"]
    new = ground.commit(Kind.HEALTHY)
    assert ground.deploy(faults=[before_the_old_backend_goes("kill")]).code == KILLED
    assert len(ground.ids("backend")["backend"]) == 2
    if removed:
        docker("stop", old)
    ground.outside.seen()
    ends_well(ground, new)
    assert not ground.outside.failures


@pytest.mark.fault(3)
@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_killed_while_it_writes_a_file_of_its_own(ground: Ground, nth: int) -> None:
    new = ground.commit(Kind.HEALTHY)
    assert ground.deploy(faults=[{"call": "os:replace", "nth": nth, "do": ["kill"]}]).code == KILLED
    ground.outside.seen()
    ends_well(ground, new)
    assert not ground.outside.failures


@pytest.mark.fault(4)
@pytest.mark.parametrize("mode", ["cut", "hang"])
def test_a_connection_to_the_engine_that_is_lost_half_way(ground: Ground, tmp_path: Path, mode: str) -> None:
    new = ground.commit(Kind.HEALTHY)
    with Wire(tmp_path) as wire:
        lost = ground.deploy(
            faults=[{"at": "switch-backend started", "do": wire.becomes(mode)}], DOCKER_HOST=wire.address
        )
        assert lost.code == 5, lost.err + lost.out
        ground.outside.seen()
        wire.is_mended()
    assert not ground.outside.failures
    ground.run_printed(lost)
    assert ground.outside.seen() == {"backend": {ground.good}, "frontend": {ground.good}}
    ends_well(ground, new)


@pytest.mark.always
@pytest.mark.fault(5)
def test_two_deploys_at_once(ground: Ground) -> None:
    new = ground.commit(Kind.HEALTHY)
    words = [sys.executable, str(LAUNCHER), "deploy", *ALLOWED]
    with_another = f"{' '.join(words)}; test $? = {REFUSED}"
    result = ground.deploy(faults=[{"at": "switch-backend started", "do": ["sh", "-c", with_another]}])
    assert result.code == 0, result.err + result.out
    ground.good = new
    ground.holds(new)
    assert not ground.outside.failures


@contextmanager
def held_by_hand(ground: Ground) -> Iterator[str]:
    """The lease is held by somebody who lives and does not move."""
    image = docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=flawless/relay").split()[0]
    name = f"flawless-lease-{ground.site.project}"
    made = docker("run", "--detach", "--interactive", "--network", "none", "--name", name, image, "hold")
    try:
        yield made
    finally:
        docker("rm", "--force", made)


@pytest.mark.fault(6)
def test_the_lease_of_a_dead_process_is_taken_over_and_that_of_a_living_one_is_not(ground: Ground) -> None:
    new = ground.commit(Kind.HEALTHY)
    with held_by_hand(ground):
        assert ground.deploy().code == REFUSED
    with held_by_hand(ground) as lease:
        docker("kill", lease)
        until(lambda: not docker("ps", "--quiet", "--filter", f"id={lease}"), 30, "the holder ends")
        result = ground.deploy()
        assert result.code == 0, result.err + result.out
        assert any("took over the lease" in note for note in result.report["notes"])
    ground.good = new
    ground.holds(new)


@pytest.mark.fault(7)
def test_the_tool_called_by_itself_is_refused_and_the_outer_one_goes_on(ground: Ground) -> None:
    new = ground.commit(Kind.HEALTHY)
    inner = f"{sys.executable} {LAUNCHER} rollback {' '.join(ALLOWED)}; test $? = {REFUSED}"
    result = ground.deploy(faults=[{"at": "migrate-migrate started", "do": ["sh", "-c", inner]}])
    assert result.code == 0, result.err + result.out
    ground.good = new
    ground.holds(new)


@pytest.mark.fault(8)
def test_a_lock_that_is_not_got_is_no_failed_deploy(ground: Ground) -> None:
    ground.commit(Kind.HEALTHY)
    before = world(ground)
    with held_by_hand(ground):
        assert ground.deploy().code == REFUSED
    assert world(ground) == before
    ground.holds(ground.good)
    assert not ground.outside.failures


def world(ground: Ground) -> object:
    """Releases, journal and containers."""
    releases = docker("images", "--format", "{{.Tag}}", "--filter", f"reference=flawless/release-{ground.site.project}")
    return releases, ground.site.journal(), ground.ids()


@pytest.mark.fault(9)
def test_killed_after_it_was_promoted_a_release_stays_good_in_history(ground: Ground) -> None:
    new = ground.commit(Kind.HEALTHY)
    assert ground.deploy(faults=[{"at": "promote proved", "do": ["kill"]}]).code == KILLED
    ends_well(ground, new)
    shown = ground.flawless("history", "--format", "json").out
    rows = [release for release in json.loads(shown)["releases"] if release["revision"] == new]
    assert [release["state"] for release in rows] == ["good", "good"]


@pytest.mark.fault(9)
@pytest.mark.parametrize("late", ["a-bug", "a-folder-gone", "at-the-last-record"])
def test_what_fails_after_success_takes_nothing_away(ground: Ground, late: str) -> None:
    folder = ground.site.stack / ".flawless" / "releases"
    fault: dict[str, Fault] = {
        "a-bug": {"call": "flawless.app.store:Store.prune", "do": ["raise"]},
        "a-folder-gone": {"at": "promote started", "do": ["rm", "-r", str(folder)]},
        "at-the-last-record": {"at": "promote proved", "do": ["raise"]},
    }
    new = ground.commit(Kind.HEALTHY)
    ground.deploy(faults=[fault[late]])
    assert states(ground)[new] is ReleaseState.GOOD
    ground.good = new
    ground.holds(new)
    assert not ground.outside.failures


def states(ground: Ground) -> dict[str, ReleaseState]:
    """State with the engine of each release, by revision; other tags tell of its schema."""
    name = f"flawless/release-{ground.site.project}"
    found = {}
    for tag in docker("images", "--format", "{{.Tag}}", "--filter", f"reference={name}").split():
        _, _, state = tag.partition(".")
        if state in set(ReleaseState):
            revision = docker("inspect", "--format", '{{index .Config.Labels "flawless.revision"}}', f"{name}:{tag}")
            found[revision] = ReleaseState(state)
    return found
