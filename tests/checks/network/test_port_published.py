"""port-published over ports and addresses."""

from __future__ import annotations

import pytest

from flawless.checks.network.port_published import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Port, Role
from flawless.testing import samples
from flawless.testing.ask import ask

ADDRESSES = [
    ("", Outcome.FAIL),
    ("0.0.0.0", Outcome.FAIL),
    ("::", Outcome.FAIL),
    ("8.8.8.8", Outcome.FAIL),
    ("127.0.0.1", Outcome.PASS),
    ("127.0.1.1", Outcome.PASS),
    ("::1", Outcome.PASS),
    ("10.0.0.5", Outcome.PASS),
    ("100.64.0.7", Outcome.PASS),
]
BACKEND = samples.stack(samples.service("backend", role=Role.BACKEND))


@pytest.mark.parametrize(("address", "outcome"), ADDRESSES)
def test_a_port_beyond_loopback_and_private_addresses_is_a_failure(address: str, outcome: Outcome) -> None:
    port = Port(5432, "5432", address, "tcp", samples.HERE)
    world = samples.stack(samples.service("postgres", role=Role.DATABASE, ports=(port,)))
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome


@pytest.mark.parametrize(("address", "outcome"), [pair for pair in ADDRESSES if pair[0]])
def test_what_the_engine_really_publishes_counts(address: str, outcome: Outcome) -> None:
    published = [{"host_ip": address, "host_port": 8081, "target": 8081}]
    changes = {"containers": {"service:backend": [{"published": published}]}}
    assert ask(CHECK, Level.LIVE, changes, stack=BACKEND).outcome is outcome


def test_a_service_that_publishes_nothing_passes_and_one_without_container_is_not_asked() -> None:
    gone: dict[str, dict[str, list[str]]] = {"containers": {"service:backend": []}}
    assert ask(CHECK, Level.FILES, stack=BACKEND).outcome is Outcome.PASS
    assert ask(CHECK, Level.LIVE, stack=BACKEND).outcome is Outcome.PASS
    assert ask(CHECK, Level.LIVE, gone, stack=BACKEND).outcome is Outcome.NOT_APPLICABLE


def test_a_port_without_address_is_told_as_all_interfaces() -> None:
    port = Port(5432, "5432", "", "tcp", samples.HERE)
    verdict = ask(CHECK, Level.FILES, stack=samples.stack(samples.service("postgres", ports=(port,))))
    assert verdict.reason == "port 5432 is published as 0.0.0.0:5432"
    assert len(verdict.findings) == 1


def test_the_proxy_may_publish_to_the_world() -> None:
    port = Port(443, "443", "", "tcp", samples.HERE)
    world = samples.stack(samples.service("nginx", role=Role.PROXY, ports=(port,)))
    live = {"containers": {"service:nginx": [{"published": [{"host_ip": "", "host_port": 443, "target": 443}]}]}}
    assert ask(CHECK, Level.FILES, stack=world).outcome is Outcome.PASS
    assert ask(CHECK, Level.LIVE, live, stack=world).outcome is Outcome.PASS


def test_the_hosts_network_publishes_every_port() -> None:
    world = samples.stack(samples.service("backend", role=Role.BACKEND, network_mode="host", networks=()))
    files = ask(CHECK, Level.FILES, stack=world)
    assert [finding.outcome for finding in files.findings] == [Outcome.FAIL]
    live = {"containers": {"service:backend": [{"networks": {"host": ""}}]}}
    assert ask(CHECK, Level.LIVE, live, stack=world).outcome is Outcome.FAIL
