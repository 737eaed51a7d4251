"""``docker inspect`` of a real container, as this project reads it."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.model.observed import ContainerState, Published
from flawless.model.stack import MASK
from flawless.ports.inspect import container_state
from flawless.ports.mask import Masker

INSPECTED: dict[str, Any] = {
    "Id": "4f9d0c9e3b5a",
    "Created": "2026-01-02T03:04:00.111111111Z",
    "State": {
        "Status": "running",
        "Running": True,
        "Paused": False,
        "Restarting": False,
        "OOMKilled": False,
        "Dead": False,
        "Pid": 4242,
        "ExitCode": 0,
        "Error": "",
        "StartedAt": "2026-01-02T03:04:05.5Z",
        "FinishedAt": "0001-01-01T00:00:00Z",
        "Health": {
            "Status": "unhealthy",
            "FailingStreak": 2,
            "Log": [
                {"Start": "x", "End": "y", "ExitCode": 1, "Output": "an older answer"},
                {"Start": "x", "End": "y", "ExitCode": 1, "Output": "login as app with hunter22 failed\n"},
            ],
        },
    },
    "Image": "sha256:aaaabbbb",
    "Name": "/sample-backend-2",
    "RestartCount": 3,
    "HostConfig": {
        "NetworkMode": "sample_app",
        "PortBindings": {"8081/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]},
        "CapAdd": ["NET_BIND_SERVICE"],
        "CapDrop": ["ALL"],
        "Privileged": False,
        "ReadonlyRootfs": True,
        "SecurityOpt": ["no-new-privileges:true"],
        "Memory": 268435456,
        "NanoCpus": 1500000000,
        "CpuPeriod": 0,
        "CpuQuota": 0,
        "PidsLimit": 100,
    },
    "Config": {
        "User": "10001:10001",
        "Image": "flawless/sample-backend:aaaabbbb",
        "Labels": {
            "com.docker.compose.config-hash": "cafe",
            "com.docker.compose.container-number": "2",
            "com.docker.compose.project": "sample",
            "com.docker.compose.service": "backend",
            "org.opencontainers.image.revision": "0123abcd",
        },
    },
    "NetworkSettings": {
        "Ports": {
            "8081/tcp": [{"HostIp": "127.0.0.1", "HostPort": "49153"}, {"HostIp": "::1", "HostPort": "49153"}],
            "9000/tcp": None,
        },
        "Networks": {"sample_app": {"IPAddress": "10.0.0.3"}, "sample_data": {"IPAddress": ""}},
    },
}

# What the engine leaves out or sends as null for a container that was made and never started.
BARE: dict[str, Any] = {
    "Id": "b0",
    "Name": "/b",
    "Image": "sha256:b",
    "State": {"Status": "created", "StartedAt": "0001-01-01T00:00:00Z"},
    "HostConfig": {"CapAdd": None, "CapDrop": None, "SecurityOpt": None, "PidsLimit": None},
    "Config": {"Labels": None},
    "NetworkSettings": {"Ports": None, "Networks": None},
}


def read(raw: dict[str, Any], *secrets: str) -> ContainerState:
    return container_state(raw, Masker(secrets))


def test_every_field_of_a_recorded_container_is_read() -> None:
    assert read(INSPECTED, "hunter22") == ContainerState(
        id="4f9d0c9e3b5a",
        name="sample-backend-2",
        number=2,
        image_id="sha256:aaaabbbb",
        image="flawless/sample-backend:aaaabbbb",
        config_hash="cafe",
        revision="0123abcd",
        state="running",
        health="unhealthy",
        health_output=f"login as app with {MASK} failed",
        exit_code=0,
        oom_killed=False,
        restart_count=3,
        started_at=1_767_323_045.5,
        error="",
        user="10001:10001",
        read_only=True,
        privileged=False,
        cap_add=("NET_BIND_SERVICE",),
        cap_drop=("ALL",),
        security_opt=("no-new-privileges:true",),
        memory=268435456,
        cpus=1.5,
        pids=100,
        networks={"sample_app": "10.0.0.3", "sample_data": ""},
        published=(Published("127.0.0.1", 49153, 8081), Published("::1", 49153, 8081)),
    )


def test_what_the_engine_leaves_out_is_empty() -> None:
    found = read(BARE)
    assert (found.state, found.health, found.health_output, found.started_at) == ("created", "none", "", 0.0)
    assert (found.number, found.config_hash, found.cap_add, found.pids, found.cpus) == (0, "", (), 0, 0.0)
    assert (found.networks, found.published) == ({}, ())


@pytest.mark.parametrize(
    ("host", "cpus"),
    [
        ({"NanoCpus": 500_000_000}, 0.5),
        ({"CpuQuota": 50_000, "CpuPeriod": 100_000}, 0.5),
        ({"CpuQuota": 50_000}, 0.5),
        ({"CpuQuota": 30_000, "CpuPeriod": 10_000}, 3.0),
        ({"CpuQuota": -1}, 0.0),
        ({}, 0.0),
    ],
)
def test_cpus_come_from_nano_cpus_or_from_quota_and_period(host: dict[str, int], cpus: float) -> None:
    assert read({**BARE, "HostConfig": host}).cpus == cpus


def test_a_secret_is_masked_before_the_health_output_is_cut() -> None:
    secret = "s" * 300
    log = [{"Output": "x" * 50 + secret + "y" * 390}]
    found = read({**BARE, "State": {"Status": "running", "Health": {"Status": "unhealthy", "Log": log}}}, secret)
    assert len(found.health_output) == 400
    assert "s" not in found.health_output


@pytest.mark.parametrize("log", [None, [], [{"Output": None}]])
def test_a_healthcheck_that_said_nothing_has_no_output(log: Any) -> None:
    raw = {**BARE, "State": {"Status": "running", "Health": {"Status": "starting", "Log": log}}}
    assert read(raw).health_output == ""


def test_the_engine_s_own_error_is_masked_too() -> None:
    raw = {**BARE, "State": {"Status": "exited", "Error": "exec hunter22 failed"}}
    assert read(raw, "hunter22").error == f"exec {MASK} failed"
