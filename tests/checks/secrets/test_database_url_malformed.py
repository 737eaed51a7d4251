"""database-url-malformed over addresses, read as the Compose reader reads them."""

from __future__ import annotations

import pytest

from flawless.checks.secrets.database_url_malformed import CHECK
from flawless.compose.secrecy import url_traits
from flawless.compose.urls import is_url
from flawless.model.check import Level, Outcome
from flawless.testing import samples
from flawless.testing.ask import ask

FAIL, PASS, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("name", "value", "outcome"),
    [
        ("DATABASE_URL", "postgresql://app:pw@postgres:5432/app", PASS),
        ("DATABASE_URL", "postgres://app@postgres/app?sslmode=disable", PASS),
        ("DATABASE_URL", "postgresql+asyncpg://app:p%40w@postgres/app", PASS),
        ("SPRING_DATASOURCE_URL", "jdbc:postgresql://postgres:5432/app", PASS),
        ("MONGO_URL", "mongodb://mongo:27017", PASS),
        ("DATABASE_URL", "mysql://app:pw@db:3306/app", PASS),
        ("DATABASE_URL", "postgresql://app:p@ss@postgres:5432/app", FAIL),
        ("DATABASE_URL", "postgresql://app:pa/ss@postgres:5432/app", FAIL),
        ("DATABASE_URL", "postgresql://app:100%@postgres:5432/app", FAIL),
        ("DATABASE_URL", "postgresql://app:pw@postgres:54321x/app", FAIL),
        ("DATABASE_URL", "postgresql://app:pw@postgres:5432", FAIL),
        ("DATABASE_URL", "postgresql://app:pw@postgres:5432/", FAIL),
        ("DATABASE_URL", "postgresql:///app", FAIL),
        ("DATABASE_URL", "postgress://app:pw@postgres/app", FAIL),
        ("DATABASE_URL", "postgres:5432/app", FAIL),
        ("DATABASE_URL", "", FAIL),
        ("DATABASE_URL", "sqlite:////data/app.db", SKIP),
        ("DATABASE_URL", "file:///data/app.db", SKIP),
        ("DATABASE_URL_FILE", "/run/secrets/url", SKIP),
        ("API_URL", "https://api.example.com", SKIP),
    ],
)
def test_an_address_is_read_as_a_driver_reads_it(name: str, value: str, outcome: Outcome) -> None:
    url = url_traits(value, b"key") if is_url(name, value) else None
    world = samples.stack(samples.service("app", env=(samples.variable(name, value, url=url),)))
    verdict = ask(CHECK, Level.FILES, stack=world)
    assert verdict.outcome is outcome, verdict.reason


def test_a_value_that_is_no_url_at_all_is_a_failure() -> None:
    world = samples.stack(samples.service("app", env=(samples.variable("DB_URL", "host=db dbname=app"),)))
    assert ask(CHECK, Level.FILES, stack=world).reason == "DB_URL is no URL"
