"""docker-socket-mounted over mounts and namespaces."""

from __future__ import annotations

import pytest

from flawless.checks.runtime.docker_socket_mounted import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Mount
from flawless.testing import samples
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("kind", "source", "outcome"),
    [
        ("bind", "/var/run/docker.sock", Outcome.FAIL),
        ("bind", "/run/user/1000/docker.sock", Outcome.FAIL),
        ("bind", "/", Outcome.FAIL),
        ("bind", "/etc", Outcome.FAIL),
        ("bind", "/root/.ssh", Outcome.FAIL),
        ("bind", "/var/lib/docker/volumes", Outcome.FAIL),
        ("bind", "/proc", Outcome.FAIL),
        ("bind", "/etc/letsencrypt", Outcome.PASS),
        ("bind", "/etc/localtime", Outcome.PASS),
        ("bind", "/home/deploy/app/nginx.conf", Outcome.PASS),
        ("bind", "/rootfiles/app", Outcome.PASS),
        ("volume", "docker.sock", Outcome.PASS),
    ],
)
def test_what_may_not_be_mounted(kind: str, source: str, outcome: Outcome) -> None:
    mount = Mount(kind, source, "/mnt", True, samples.HERE)
    assert ask(CHECK, Level.FILES, stack=samples.stack(samples.service("agent", mounts=(mount,)))).outcome is outcome


@pytest.mark.parametrize("field", ["network_mode", "pid_mode", "ipc_mode"])
def test_a_namespace_of_the_host_is_a_failure(field: str) -> None:
    for mode, outcome in (("host", Outcome.FAIL), ("private", Outcome.PASS)):
        world = samples.stack(samples.service("agent", **{field: mode}))
        assert ask(CHECK, Level.FILES, stack=world).outcome is outcome
