"""network-not-isolated over placements and attempts."""

from __future__ import annotations

import pytest

from flawless.checks.network.network_not_isolated import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Attachment, Network, Role
from flawless.testing import samples
from flawless.testing.ask import ask

NGINX = samples.service("nginx", role=Role.PROXY, networks=(Attachment("edge"), Attachment("app")))


@pytest.mark.parametrize(
    ("network", "outcome"),
    [
        ("data", Outcome.PASS),
        ("app", Outcome.FAIL),
        ("edge", Outcome.FAIL),
        ("open", Outcome.FAIL),
        ("foreign", Outcome.UNKNOWN),
    ],
)
def test_where_a_database_may_stand(network: str, outcome: Outcome) -> None:
    networks = (
        *samples.stack().networks,
        Network("open", "sample_open", False, False, samples.HERE),
        Network("foreign", "foreign", False, True, samples.HERE),
    )
    postgres = samples.service("postgres", role=Role.DATABASE, networks=(Attachment(network),))
    world = samples.stack(NGINX, postgres, networks=networks)
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome


def test_without_data_services_there_is_nothing_to_isolate() -> None:
    assert ask(CHECK, Level.FILES, stack=samples.stack(NGINX)).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("unresolved", Outcome.PASS),
        ("timeout", Outcome.PASS),
        ("refused", Outcome.UNKNOWN),
        ("open", Outcome.FAIL),
    ],
)
def test_an_attempt_from_the_proxy_must_end_nowhere(state: str, outcome: Outcome) -> None:
    findings = ask(CHECK, Level.LIVE, {"isolation": {"stack": [{"state": state}]}}).findings
    assert [found.outcome for found in findings if found.subject == "service:nginx"] == [outcome]


def test_nobody_tried_is_unknown() -> None:
    assert ask(CHECK, Level.LIVE, {"isolation": {"stack": []}}).outcome is Outcome.UNKNOWN


def test_live_a_fault_in_the_files_still_counts() -> None:
    postgres = samples.service("postgres", role=Role.DATABASE, networks=(Attachment("app"),))
    assert ask(CHECK, Level.LIVE, stack=samples.stack(NGINX, postgres)).outcome is Outcome.FAIL
