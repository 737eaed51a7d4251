"""redis-url-malformed over addresses, read as the Compose reader reads them."""

from __future__ import annotations

import pytest

from flawless.checks.secrets.redis_url_malformed import CHECK
from flawless.compose.secrecy import url_traits
from flawless.compose.urls import is_url
from flawless.model.check import Level, Outcome
from flawless.testing import samples
from flawless.testing.ask import ask

FAIL, PASS, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("name", "value", "outcome"),
    [
        ("REDIS_URL", "redis://redis:6379/0", PASS),
        ("REDIS_URL", "redis://redis", PASS),
        ("REDIS_URL", "rediss://:pw@cache.example.com:6380/1", PASS),
        ("VALKEY_URL", "valkey://valkey:6379", PASS),
        ("CELERY_BROKER_URL", "redis://redis:6379/one", FAIL),
        ("REDIS_URL", "redis://:p@ss@redis:6379/0", FAIL),
        ("REDIS_URL", "redis:6379", FAIL),
        ("REDIS_URL", "redis://redis:99999/0", FAIL),
        ("REDIS_URL", "redis://redis:6379/cache", FAIL),
        ("REDIS_URL", "", FAIL),
        ("CACHE_URL", "memcached://cache:11211", Outcome.UNKNOWN),
        ("DATABASE_URL", "postgresql://app@postgres/app", SKIP),
        ("REDIS_URL_FILE", "/run/secrets/url", SKIP),
    ],
)
def test_an_address_is_read_as_a_client_reads_it(name: str, value: str, outcome: Outcome) -> None:
    url = url_traits(value, b"key") if is_url(name, value) else None
    world = samples.stack(samples.service("app", env=(samples.variable(name, value, url=url),)))
    verdict = ask(CHECK, Level.FILES, stack=world)
    assert verdict.outcome is outcome, verdict.reason


def test_a_value_that_is_no_url_at_all_is_a_failure() -> None:
    world = samples.stack(samples.service("app", env=(samples.variable("REDIS_URL", "host=redis"),)))
    assert ask(CHECK, Level.FILES, stack=world).reason == "REDIS_URL is no URL"
