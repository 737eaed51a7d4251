"""resume, recover and lock on the real engine: after a kill, a lost lease, and leftovers of other programs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.scenarios.harness import Result, docker, until
from tests.scenarios.small import Small

pytestmark = [pytest.mark.engine, pytest.mark.full]


@contextmanager
def asked_all_the_time(site: Small) -> Iterator[list[str]]:
    """What went wrong with steady requests to the site."""
    failures: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.wait(0.05):
            try:
                status, _ = site.get("/health")
            except OSError as error:
                failures.append(str(error))
            else:
                if status >= 500:
                    failures.append(str(status))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield failures
    finally:
        done.set()
        asking.join()


def resume(site: Small) -> Result:
    return site.flawless("resume", "--soak", site.soak, *site.allowed)


def recover(site: Small) -> Result:
    return site.flawless("recover", *site.allowed)


def leases(site: Small) -> str:
    return docker("ps", "--all", "--quiet", "--filter", f"name=flawless-lease-{site.project}")


def name_of(site: Small, service: str) -> str:
    project = f"label=com.docker.compose.project={site.project}"
    label = f"label=com.docker.compose.service={service}"
    return docker("ps", "--filter", project, "--filter", label, "--format", "{{.Names}}")


@pytest.mark.parametrize("step", ["switch-web", "soak"])
def test_a_deploy_that_was_killed_is_finished_by_resume(small: Small, step: str) -> None:
    revision = small.commit(f"resumed in {step}")
    assert small.kill_in_step(step), f"{step} was never reached"
    with asked_all_the_time(small) as failures:
        result = resume(small)
    assert result.code == 0, result.err + result.out
    assert result.report["release"]["state"] == "good"
    assert small.revision() == revision
    assert failures == []
    small.exactly_one_each()
    assert leases(small) == ""
    again = resume(small)
    assert (again.code, again.out.partition(":")[0]) == (0, "nothing to resume"), again.err


@pytest.mark.parametrize("step", ["switch-web", "verify"])
def test_a_deploy_that_was_killed_is_undone_by_recover(small: Small, step: str) -> None:
    before = small.revision()
    small.commit(f"recovered in {step}")
    assert small.kill_in_step(step), f"{step} was never reached"
    with asked_all_the_time(small) as failures:
        result = recover(small)
    assert result.code == 0, result.err + result.out
    assert small.revision() == before
    assert failures == []
    small.exactly_one_each()
    assert leases(small) == ""
    again = recover(small)
    assert (again.code, again.out.partition(":")[0]) == (0, "nothing to recover"), again.err
    assert "nothing to resume" in resume(small).out, "what was given up is not taken up again"


def test_a_deploy_that_was_killed_while_it_built_left_nothing_to_resume(small: Small) -> None:
    before = small.revision()
    small.commit("killed while it built")
    assert small.kill_in_step("build")
    result = resume(small)
    assert (result.code, "before anything that runs was touched" in result.out) == (0, True), result.err + result.out
    assert small.revision() == before
    small.exactly_one_each()


def test_a_release_that_does_not_hold_is_not_finished_by_resume_and_the_last_good_one_is_back(small: Small) -> None:
    before = small.revision()
    small.change("web/health.pl", "/ 200 /", "/ 299 /")
    small.commit("never ready")
    try:
        assert small.kill_in_step("switch-web")
        result = resume(small)
        assert result.code == 4, result.err + result.out
        assert small.revision() == before
        small.exactly_one_each()
    finally:
        small.git("revert", "--no-edit", "HEAD")


def test_a_container_that_a_cut_off_recreate_left_is_renamed_and_one_that_was_made_is_removed(small: Small) -> None:
    proper = name_of(small, "store")
    identity = docker("inspect", "--format", "{{.Id}}", proper)
    docker("rename", proper, f"0123456789ab_{proper}")
    labels = [
        f"--label=com.docker.compose.{name}={value}"
        for name, value in {
            "project": small.project, "service": "store", "container-number": "7", "oneoff": "False",
        }.items()
    ]  # fmt: skip
    docker("create", "--name", f"0123456789cd_{small.project}-store-7", *labels, "debian:bookworm-slim", "true")
    with asked_all_the_time(small) as failures:
        result = recover(small)
    assert result.code == 0, result.err + result.out
    assert name_of(small, "store") == proper
    assert docker("inspect", "--format", "{{.Id}}", proper) == identity, "it was not replaced"
    assert failures == []
    small.exactly_one_each()


def test_a_lock_keeps_everybody_out_until_it_is_ended(small: Small) -> None:
    small.commit("locked out")
    assert small.flawless("lock", "-m", "the disk is being changed").code == 0
    try:
        for command in (("deploy",), ("rollback",), ("recover",), ("lock", "-m", "me too")):
            refused = small.flawless(*command)
            assert refused.code == 6, refused.err
            assert "the disk is being changed" in refused.err
            assert "flawless unlock" in refused.err
    finally:
        ended = small.flawless("unlock")
    assert (ended.code, "the disk is being changed" in ended.out) == (0, True), ended.err
    assert leases(small) == ""


def test_a_deploy_whose_lease_is_taken_away_stops_itself(small: Small) -> None:
    small.commit("a lease that is lost")
    first = small.start_deploy("--soak", "60s")
    try:
        until(lambda: bool(leases(small)), 60, "the deploy holds the lease")
        docker("rm", "--force", f"flawless-lease-{small.project}")
        assert first.wait(timeout=60) == 5
    finally:
        if first.poll() is None:
            first.kill()
            first.wait(timeout=30)
    assert small.get("/health")[0] == 200
    assert recover(small).code == 0
    small.exactly_one_each()


def test_one_service_alone_is_switched_and_the_release_is_whole(small: Small) -> None:
    before = small.revision()
    edge = docker("inspect", "--format", "{{.Id}}", name_of(small, "edge"))
    revision = small.commit("the web only")
    dry = small.flawless("deploy", "--dry-run", "--only", "web", *small.allowed)
    assert (dry.code, small.revision()) == (0, before), dry.err
    assert "--only web" in dry.out
    result = small.deploy("--only", "web")
    assert result.code == 0, result.err + result.out
    assert small.revision() == revision
    assert docker("inspect", "--format", "{{.Id}}", name_of(small, "edge")) == edge
    assert result.report["traffic"]["failed"] == 0
    back = small.flawless("rollback", *small.allowed)
    assert back.code == 0, back.err + back.out
    assert small.revision() == before
    small.exactly_one_each()


def hook(site: Small, name: str, *lines: str) -> None:
    """Give the stack one hook, a shell program of these lines."""
    program = "; ".join(lines)
    (site.stack / "flawless.toml").open("a").write(f"\n[hooks.{name}]\nrun = ['sh', '-c', '''{program}''']\n")


def test_hooks_run_in_their_places_and_a_deploy_within_one_is_refused(small: Small) -> None:
    seen = small.folder / "seen"
    settings = small.stack / "flawless.toml"
    before = settings.read_text() if settings.is_file() else ""
    tell = f'echo "$FLAWLESS_HOOK $FLAWLESS_PHASE" >> {seen}'
    try:
        for name in ("pre_build", "pre_switch", "post_promote"):
            hook(small, name, tell)
        hook(small, "post_switch", tell, f"{sys.executable} -m flawless deploy")
        revision = small.commit("with hooks")
        result = small.deploy()
        assert result.code == 0, result.err + result.out
        assert small.revision() == revision
        phases = ["pre_build deploy", "pre_switch deploy", "post_switch deploy", "post_promote deploy"]
        assert seen.read_text().splitlines() == phases
        (refused,) = [step for step in result.report["steps"] if step["id"] == "hook-post_switch"]
        assert "calls flawless again" in " ".join(refused["evidence"])
        assert refused["message"] == "the hook post_switch ended with status 6"
        settings.write_text(before)
        hook(small, "pre_switch", "exit 1")
        hook(small, "on_rollback", tell)
        small.commit("a hook that says no")
        stopped = small.deploy()
        assert stopped.code == 4, stopped.err + stopped.out
        assert "the hook pre_switch ended with status 1" in stopped.report["cause"]["message"]
        assert small.revision() == revision
    finally:
        settings.write_text(before)
        small.commit("without hooks")


def test_a_network_whose_definition_changed_is_made_anew_with_what_is_on_it(small: Small) -> None:
    network = f"{small.project}_front"
    before = docker("network", "inspect", "--format", "{{.Id}}", network)
    store = docker("inspect", "--format", "{{.Id}}", name_of(small, "store"))
    small.change("compose.yaml", "  front: {}", "  front: {labels: {scenario: changed}}")
    change = small.commit("a network's label")
    try:
        dry = small.flawless("deploy", "--dry-run", *small.allowed)
        assert f"network {network} is made anew" in dry.out, dry.out + dry.err
        assert docker("network", "inspect", "--format", "{{.Id}}", network) == before
        result = small.deploy()
        assert result.code == 0, result.err + result.out
        assert result.steps()["renew-network-front"] == "proved"
        assert docker("network", "inspect", "--format", "{{.Id}}", network) != before
        assert docker("inspect", "--format", "{{.Id}}", name_of(small, "store")) == store
        back = small.flawless("rollback", *small.allowed)
        assert back.code == 0, back.err + back.out
        small.exactly_one_each()
    finally:
        small.git("revert", "--no-edit", change)


def test_a_volume_whose_definition_changed_is_refused(small: Small) -> None:
    volume = f"{small.project}_data"
    before = docker("volume", "inspect", "--format", "{{.CreatedAt}}", volume)
    small.change("compose.yaml", "  data: {}", "  data: {labels: {scenario: changed}}")
    change = small.commit("a volume's label")
    try:
        result = small.deploy()
        assert result.code == 4, result.err + result.out
        assert "--recreate volume:data" in result.report["cause"]["message"]
        assert docker("volume", "inspect", "--format", "{{.CreatedAt}}", volume) == before
        small.exactly_one_each()
    finally:
        small.git("revert", "--no-edit", change)
