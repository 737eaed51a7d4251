"""database-url-host-unknown over hosts and networks."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.secrets.database_url_host_unknown import CHECK
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.stack import Attachment, Network, UrlTraits
from flawless.testing import samples
from flawless.testing.ask import ask

FAIL, PASS, UNKNOWN, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE


def verdict_of(host: str, database: dict[str, Any] | None = None, **caller: Any) -> Verdict:
    url = UrlTraits("postgresql", "app", host, 5432, "/app")
    app = samples.service("app", env=(samples.variable("DATABASE_URL", "x", url=url),), **caller)
    world = samples.stack(app, samples.service("postgres", **(database or {})))
    networks = (*world.networks, Network("shared", "shared", False, True, samples.HERE))
    return ask(CHECK, Level.FILES, stack=samples.stack(*world.services, networks=networks))


@pytest.mark.parametrize(
    ("host", "database", "caller", "outcome"),
    [
        ("postgres", {}, {}, PASS),
        ("db", {"networks": (Attachment("app", ("db",)),)}, {}, PASS),
        ("my-postgres", {"container_name": "my-postgres"}, {}, PASS),
        ("Postgres", {}, {}, PASS),
        ("postgress", {}, {}, FAIL),
        ("postgres", {"networks": (Attachment("data"),)}, {}, FAIL),
        ("localhost", {}, {}, FAIL),
        ("127.0.0.1", {}, {}, FAIL),
        ("::1", {}, {}, FAIL),
        ("db.example.com", {}, {}, SKIP),
        ("10.1.2.3", {}, {}, SKIP),
        ("host.docker.internal", {}, {}, SKIP),
        ("localhost", {}, {"network_mode": "host"}, SKIP),
        ("other-db", {}, {"networks": (Attachment("shared"),)}, UNKNOWN),
        ("", {}, {}, SKIP),
    ],
)
def test_a_host_is_a_service_on_a_shared_network_or_outside(
    host: str, database: dict[str, Any], caller: dict[str, Any], outcome: Outcome
) -> None:
    assert verdict_of(host, database, **caller).outcome is outcome


def test_the_message_names_what_is_close_or_what_is_not_shared() -> None:
    assert verdict_of("postgress").reason == "DATABASE_URL: no service is called postgress; postgres is close"
    apart = verdict_of("postgres", {"networks": (Attachment("data"),)})
    assert apart.reason == "DATABASE_URL: postgres and app share no network"
    assert verdict_of("zzz").reason == "DATABASE_URL: no service is called zzz"
