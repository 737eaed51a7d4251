"""resume, recover and lock on the real engine: after a kill, a lost lease, and leftovers of other programs."""

from __future__ import annotations

import ssl
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.scenarios.harness import ALLOWED, SOAK, Result, Site, docker, until

pytestmark = pytest.mark.engine


@contextmanager
def asked_all_the_time(site: Site) -> Iterator[list[str]]:
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


def resume(site: Site) -> Result:
    return site.flawless("resume", "--soak", SOAK, *ALLOWED)


def recover(site: Site) -> Result:
    return site.flawless("recover", *ALLOWED)


def leases(site: Site) -> str:
    return docker("ps", "--all", "--quiet", "--filter", f"name=flawless-lease-{site.project}")


def name_of(site: Site, service: str) -> str:
    project = f"label=com.docker.compose.project={site.project}"
    label = f"label=com.docker.compose.service={service}"
    return docker("ps", "--filter", project, "--filter", label, "--format", "{{.Names}}")


@pytest.mark.parametrize("step", ["switch-backend", "soak"])
def test_a_deploy_that_was_killed_is_finished_by_resume(deployed: Site, step: str) -> None:
    revision = deployed.commit(f"resumed in {step}")
    assert deployed.kill_in_step(step), f"{step} was never reached"
    with asked_all_the_time(deployed) as failures:
        result = resume(deployed)
    assert result.code == 0, result.err + result.out
    assert result.report["release"]["state"] == "good"
    assert deployed.revision() == revision
    assert failures == []
    deployed.exactly_one_each()
    assert leases(deployed) == ""
    again = resume(deployed)
    assert (again.code, again.out.partition(":")[0]) == (0, "nothing to resume"), again.err


@pytest.mark.parametrize("step", ["switch-backend", "verify"])
def test_a_deploy_that_was_killed_is_undone_by_recover(deployed: Site, step: str) -> None:
    before = deployed.revision()
    deployed.commit(f"recovered in {step}")
    assert deployed.kill_in_step(step), f"{step} was never reached"
    with asked_all_the_time(deployed) as failures:
        result = recover(deployed)
    assert result.code == 0, result.err + result.out
    assert deployed.revision() == before
    assert failures == []
    deployed.exactly_one_each()
    assert leases(deployed) == ""
    again = recover(deployed)
    assert (again.code, again.out.partition(":")[0]) == (0, "nothing to recover"), again.err
    assert "nothing to resume" in resume(deployed).out, "what was given up is not taken up again"


def test_a_deploy_that_was_killed_while_it_built_left_nothing_to_resume(deployed: Site) -> None:
    before = deployed.revision()
    deployed.commit("killed while it built")
    assert deployed.kill_in_step("build")
    result = resume(deployed)
    assert (result.code, "before anything that runs was touched" in result.out) == (0, True), result.err + result.out
    assert deployed.revision() == before
    deployed.exactly_one_each()


def test_a_release_that_does_not_hold_is_not_finished_by_resume_and_the_last_good_one_is_back(deployed: Site) -> None:
    before = deployed.revision()
    deployed.change("backend/src/viworks/readiness.py", "if not fine]", "if fine]")
    deployed.commit("never ready")
    try:
        assert deployed.kill_in_step("switch-backend")
        result = resume(deployed)
        assert result.code == 4, result.err + result.out
        assert deployed.revision() == before
        deployed.exactly_one_each()
    finally:
        deployed.git("revert", "--no-edit", "HEAD")


def test_a_container_that_a_cut_off_recreate_left_is_renamed_and_one_that_was_made_is_removed(deployed: Site) -> None:
    proper = name_of(deployed, "postgres")
    identity = docker("inspect", "--format", "{{.Id}}", proper)
    docker("rename", proper, f"0123456789ab_{proper}")
    labels = [
        f"--label=com.docker.compose.{name}={value}"
        for name, value in {
            "project": deployed.project, "service": "redis", "container-number": "7", "oneoff": "False",
        }.items()
    ]  # fmt: skip
    docker("create", "--name", f"0123456789cd_{deployed.project}-redis-7", *labels, "debian:bookworm-slim", "true")
    with asked_all_the_time(deployed) as failures:
        result = recover(deployed)
    assert result.code == 0, result.err + result.out
    assert name_of(deployed, "postgres") == proper
    assert docker("inspect", "--format", "{{.Id}}", proper) == identity, "it was not replaced"
    assert failures == []
    deployed.exactly_one_each()


def test_a_lock_keeps_everybody_out_until_it_is_ended(deployed: Site) -> None:
    deployed.commit("locked out")
    assert deployed.flawless("lock", "-m", "the disk is being changed").code == 0
    try:
        for command in (("deploy",), ("rollback",), ("recover",), ("lock", "-m", "me too")):
            refused = deployed.flawless(*command)
            assert refused.code == 6, refused.err
            assert "the disk is being changed" in refused.err
            assert "flawless unlock" in refused.err
    finally:
        ended = deployed.flawless("unlock")
    assert (ended.code, "the disk is being changed" in ended.out) == (0, True), ended.err
    assert leases(deployed) == ""


def test_a_deploy_whose_lease_is_taken_away_stops_itself(deployed: Site) -> None:
    deployed.commit("a lease that is lost")
    first = deployed.start_deploy("--soak", "60s")
    try:
        until(lambda: bool(leases(deployed)), 60, "the deploy holds the lease")
        docker("rm", "--force", f"flawless-lease-{deployed.project}")
        assert first.wait(timeout=60) == 130
    finally:
        if first.poll() is None:
            first.kill()
            first.wait(timeout=30)
    assert deployed.get("/health")[0] == 200
    assert recover(deployed).code == 0
    deployed.exactly_one_each()


def test_one_service_alone_is_switched_and_the_release_is_whole(deployed: Site) -> None:
    before = deployed.revision()
    frontend = docker("inspect", "--format", "{{.Id}}", name_of(deployed, "frontend"))
    revision = deployed.commit("the backend only")
    dry = deployed.flawless("deploy", "--dry-run", "--only", "backend", *ALLOWED)
    assert (dry.code, deployed.revision()) == (0, before), dry.err
    assert "backend" in dry.out and "--only backend" in dry.out
    result = deployed.deploy("--only", "backend")
    assert result.code == 0, result.err + result.out
    assert deployed.revision() == revision
    assert docker("inspect", "--format", "{{.Id}}", name_of(deployed, "frontend")) == frontend
    assert result.report["traffic"]["failed"] == 0
    back = deployed.flawless("rollback", *ALLOWED)
    assert back.code == 0, back.err + back.out
    assert deployed.revision() == before
    deployed.exactly_one_each()


def hook(site: Site, name: str, *lines: str) -> None:
    """Give the stack one hook, a shell program of these lines."""
    program = "; ".join(lines)
    (site.stack / "flawless.toml").open("a").write(f"\n[hooks.{name}]\nrun = ['sh', '-c', '''{program}''']\n")


def test_hooks_run_in_their_places_and_a_deploy_within_one_is_refused(deployed: Site) -> None:
    seen = deployed.folder / "seen"
    settings = deployed.stack / "flawless.toml"
    before = settings.read_text() if settings.is_file() else ""
    tell = f'echo "$FLAWLESS_HOOK $FLAWLESS_PHASE" >> {seen}'
    try:
        for name in ("pre_build", "pre_switch", "post_promote"):
            hook(deployed, name, tell)
        hook(deployed, "post_switch", tell, f"{sys.executable} -m flawless deploy")
        revision = deployed.commit("with hooks")
        result = deployed.deploy()
        assert result.code == 0, result.err + result.out
        assert deployed.revision() == revision
        phases = ["pre_build deploy", "pre_switch deploy", "post_switch deploy", "post_promote deploy"]
        assert seen.read_text().splitlines() == phases
        (refused,) = [step for step in result.report["steps"] if step["id"] == "hook-post_switch"]
        assert "calls flawless again" in " ".join(refused["evidence"])
        assert refused["message"] == "the hook post_switch ended with status 6"
        settings.write_text(before)
        hook(deployed, "pre_switch", "exit 1")
        hook(deployed, "on_rollback", tell)
        deployed.commit("a hook that says no")
        stopped = deployed.deploy()
        assert stopped.code == 4, stopped.err + stopped.out
        assert "the hook pre_switch ended with status 1" in stopped.report["cause"]["message"]
        assert deployed.revision() == revision
    finally:
        settings.write_text(before)
        deployed.commit("without hooks")


@pytest.fixture
def backend_with_a_volume(deployed: Site) -> Iterator[None]:
    """The backend writes to a volume, which only one may do: it stops first."""
    deployed.change("compose.yaml", "volumes:\n  postgres-data: {}", "volumes:\n  scratch: {}\n  postgres-data: {}")
    deployed.change("compose.yaml", "  backend:\n    <<: *hardened\n", f"  backend:\n    <<: *hardened\n{VOLUME}")
    change = deployed.commit("a single writer")
    first = deployed.deploy()
    assert first.code == 0, first.err + first.out
    yield
    deployed.git("revert", "--no-edit", change)
    assert deployed.deploy().code == 0


VOLUME = '    volumes: ["scratch:/scratch"]\n'


def retry_after(site: Site) -> str:
    """What the site tells a client to wait; "" while it serves."""
    trust = ssl.create_default_context(cafile=str(site.stack / "certs" / "ca.crt"))
    try:
        with urllib.request.urlopen(f"https://127.0.0.1:{site.https}/health", timeout=5, context=trust):
            return ""
    except urllib.error.HTTPError as error:
        return error.headers.get("Retry-After") or ""
    except OSError:
        return ""


def test_a_page_is_shown_while_the_backend_is_away_and_is_gone_afterwards(
    deployed: Site, backend_with_a_volume: None
) -> None:
    own = (deployed.stack / "nginx" / "conf" / "conf.d").iterdir()
    live = deployed.stack / ".flawless" / "live" / "nginx" / "conf" / "conf.d"
    revision = deployed.commit("with a page")
    process = deployed.start_deploy("--maintenance")
    try:
        until(lambda: retry_after(deployed) == "30", 120, "the page is shown")
        assert process.wait(timeout=180) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(timeout=30)
    assert deployed.revision() == revision
    assert all((live / file.name).read_bytes() == file.read_bytes() for file in own)


def test_a_page_that_was_left_by_a_kill_is_taken_away_by_recover(deployed: Site, backend_with_a_volume: None) -> None:
    before = deployed.revision()
    deployed.commit("killed while the page is shown")
    assert deployed.kill_in_step("switch-backend", "--maintenance")
    assert recover(deployed).code == 0
    assert deployed.revision() == before
    assert retry_after(deployed) == ""
    deployed.exactly_one_each()


def test_a_network_whose_definition_changed_is_made_anew_with_what_is_on_it(deployed: Site) -> None:
    network = f"{deployed.project}_edge"
    before = docker("network", "inspect", "--format", "{{.Id}}", network)
    postgres = docker("inspect", "--format", "{{.Id}}", name_of(deployed, "postgres"))
    deployed.change("compose.yaml", "  edge: {}", "  edge: {labels: {scenario: changed}}")
    change = deployed.commit("a network's label")
    try:
        dry = deployed.flawless("deploy", "--dry-run", *ALLOWED)
        assert f"network {network} is made anew" in dry.out, dry.out + dry.err
        assert docker("network", "inspect", "--format", "{{.Id}}", network) == before
        result = deployed.deploy()
        assert result.code == 0, result.err + result.out
        assert result.steps()["renew-network-edge"] == "proved"
        assert docker("network", "inspect", "--format", "{{.Id}}", network) != before
        assert docker("inspect", "--format", "{{.Id}}", name_of(deployed, "postgres")) == postgres
        back = deployed.flawless("rollback", *ALLOWED)
        assert back.code == 0, back.err + back.out
        deployed.exactly_one_each()
    finally:
        deployed.git("revert", "--no-edit", change)


def test_a_volume_whose_definition_changed_is_refused(deployed: Site) -> None:
    volume = f"{deployed.project}_redis-data"
    before = docker("volume", "inspect", "--format", "{{.CreatedAt}}", volume)
    deployed.change("compose.yaml", "redis-data: {}", "redis-data: {labels: {scenario: changed}}")
    change = deployed.commit("a volume's label")
    try:
        result = deployed.deploy()
        assert result.code == 4, result.err + result.out
        assert "--recreate volume:redis-data" in result.report["cause"]["message"]
        assert docker("volume", "inspect", "--format", "{{.CreatedAt}}", volume) == before
        deployed.exactly_one_each()
    finally:
        deployed.git("revert", "--no-edit", change)
