"""The engine behind ssh: the same commands, one connection each, nothing left behind by any death."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.harness import until
from tests.scenarios.small import Small
from tests.scenarios.ssh import Server
from tests.scenarios.tls import Gate

pytestmark = [pytest.mark.engine, pytest.mark.full]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An ssh server on the loopback address."""
    made = Server(tmp_path_factory.mktemp("sshd"))
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def far(server: Server, small: Small) -> Small:
    """The deployed site, from now on reached through ssh."""
    small.environment |= server.environment
    return small


def test_deploy_verify_and_rollback_through_ssh(server: Server, far: Small) -> None:
    before = far.revision()
    revision = far.commit("through ssh")
    logins = server.logins()
    deployed = far.deploy()
    assert deployed.code == 0, deployed.err + deployed.out
    assert server.logins() == logins + 1, "one connection for all of it, Compose and its builds too"
    assert far.revision() == revision
    assert deployed.report["traffic"]["failed"] == 0
    verified = far.flawless("verify", *far.allowed)
    assert verified.code == 0, verified.err + verified.out
    back = far.flawless("rollback", *far.allowed)
    assert back.code == 0, back.err + back.out
    assert far.revision() == before
    far.exactly_one_each()
    assert server.clients() == []


def test_two_machines_collide_on_one_lease(far: Small) -> None:
    assert far.flawless("lock", "-m", "held from afar").code == 0
    try:
        near = far.flawless("deploy", DOCKER_HOST="unix:///var/run/docker.sock")
        assert (near.code, "held from afar" in near.err) == (6, True), near.err
    finally:
        assert far.flawless("unlock").code == 0


def test_a_kill_ends_the_connection_too_and_recover_comes_back(server: Server, far: Small) -> None:
    before = far.revision()
    far.commit("killed far away")
    assert far.kill_in_step("switch-web")
    until(lambda: server.clients() == [], 20, "no ssh client is left")
    result = far.flawless("recover", *far.allowed)
    assert result.code == 0, result.err + result.out
    assert far.revision() == before
    far.exactly_one_each()


def test_an_interrupted_deploy_over_ssh_leaves_no_client(server: Server, far: Small) -> None:
    far.commit("interrupted far away")
    process = far.start_deploy()
    until(lambda: server.clients() != [], 30, "the connection is open")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 130
    assert server.clients() == []
    assert far.flawless("recover", *far.allowed).code == 0


def test_a_machine_that_does_not_let_us_in_is_one_sentence_and_exit_3(server: Server, far: Small, bare: Path) -> None:
    stranger = server.url.replace(f":{server.port}", ":1")
    refused = far.flawless("verify", DOCKER_HOST=stranger)
    assert refused.code == 3, refused.err
    assert "Connection refused" in refused.err + refused.out


def test_deploying_over_tcp_with_tls(small: Small, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    revision = small.commit("over tls")
    try:
        result = small.flawless("deploy", "--soak", small.soak, *small.allowed, **gate.environment)
        assert result.code == 0, result.err + result.out
        assert small.revision() == revision
        (tmp_path / "cert.pem").unlink()
        refused = small.flawless("verify", **gate.environment)
        assert refused.code == 3, refused.err + refused.out
        assert "cannot reach tcp://" in refused.out
    finally:
        gate.stop()


def test_a_docker_context_leads_to_the_engine(server: Server, small: Small, tmp_path: Path) -> None:
    meta = tmp_path / "contexts" / "meta" / hashlib.sha256(b"far").hexdigest() / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": "far", "Endpoints": {"docker": {"Host": server.url}}}))
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "far"}))
    logins = server.logins()
    environment = {**server.environment, "DOCKER_HOST": "", "DOCKER_CONFIG": str(tmp_path)}
    result = small.flawless("verify", *small.allowed, **environment)
    assert result.code == 0, result.err + result.out
    assert server.logins() == logins + 1
