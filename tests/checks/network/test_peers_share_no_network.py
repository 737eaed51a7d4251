"""peers-share-no-network over small stacks."""

from __future__ import annotations

import pytest

from flawless.checks.network.peers_share_no_network import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Attachment, Dependency, EnvVar, Role, Service, UrlTraits
from flawless.testing import samples
from flawless.testing.ask import ask

APP, DATA = (Attachment("app"),), (Attachment("data"),)
URL = samples.variable("DATABASE_URL", "", url=UrlTraits("postgresql", "app", "postgres", 5432, "/app"))
POSTGRES = samples.service("postgres", role=Role.DATABASE, networks=DATA, container_name="db-1")


def _outcome(caller: Service) -> Outcome:
    return ask(CHECK, Level.FILES, stack=samples.stack(caller, POSTGRES)).outcome


def _backend(networks: tuple[Attachment, ...], *env: EnvVar, role: Role = Role.BACKEND, waits: bool = False) -> Service:
    waited = (Dependency("postgres", "service_healthy"),) if waits else ()
    return samples.service("backend", role=role, networks=networks, env=env, depends_on=waited)


def test_the_healthy_stack_passes() -> None:
    assert ask(CHECK, Level.FILES).outcome is Outcome.PASS


@pytest.mark.parametrize(("networks", "outcome"), [(APP, Outcome.FAIL), ((*APP, *DATA), Outcome.PASS)])
def test_a_url_needs_a_shared_network(networks: tuple[Attachment, ...], outcome: Outcome) -> None:
    assert _outcome(_backend(networks, URL)) is outcome


def test_a_container_name_is_a_name_too() -> None:
    url = samples.variable("DATABASE_URL", "", url=UrlTraits("postgresql", "app", "db-1", 5432, "/app"))
    assert _outcome(_backend(APP, url)) is Outcome.FAIL


@pytest.mark.parametrize(
    ("role", "outcome"),
    [(Role.BACKEND, Outcome.FAIL), (Role.JOB, Outcome.FAIL), (Role.PROXY, Outcome.NOT_APPLICABLE)],
)
def test_depends_on_counts_only_where_the_roles_make_it_a_need(role: Role, outcome: Outcome) -> None:
    assert _outcome(_backend(APP, role=role, waits=True)) is outcome


def test_a_host_outside_the_stack_is_none_of_its_services() -> None:
    url = samples.variable("DATABASE_URL", "", url=UrlTraits("postgresql", "app", "db.example.com", 5432, "/app"))
    assert _outcome(_backend(APP, url)) is Outcome.NOT_APPLICABLE


def test_a_service_without_networks_of_its_own_is_not_asked() -> None:
    caller = samples.service("backend", networks=(), network_mode="host", env=(URL,))
    assert _outcome(caller) is Outcome.NOT_APPLICABLE
