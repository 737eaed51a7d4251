"""secret-reused over names, URLs and services."""

from __future__ import annotations

import pytest

from flawless.checks.secrets.secret_reused import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import MASK, EnvVar, SecretTraits, UrlTraits
from flawless.testing import samples
from flawless.testing.ask import ask

FAIL, PASS = Outcome.FAIL, Outcome.PASS


def hidden(name: str, fingerprint: str = "same", length: int = 20) -> EnvVar:
    return samples.variable(name, MASK, secret=SecretTraits(length, 4, False, fingerprint))


def address(name: str, scheme: str, fingerprint: str = "same") -> EnvVar:
    password = SecretTraits(20, 4, False, fingerprint)
    return samples.variable(name, "x", url=UrlTraits(scheme, "app", "host", 1, "/app", password))


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        (hidden("DB_PASSWORD"), hidden("JWT_SECRET"), FAIL),
        (hidden("POSTGRES_PASSWORD"), hidden("REDIS_PASSWORD"), FAIL),
        (address("DATABASE_URL", "postgresql"), address("REDIS_URL", "redis"), FAIL),
        (hidden("DATABASE_PASSWORD_FILE"), hidden("JWT_SECRET_FILE"), FAIL),
        (hidden("DATABASE_PASSWORD_FILE"), hidden("POSTGRES_PASSWORD_FILE"), PASS),
        (hidden("SESSION_SECRET"), hidden("COOKIE_SECRET"), FAIL),
        (hidden("POSTGRES_PASSWORD"), hidden("PGPASSWORD"), PASS),
        (hidden("POSTGRES_PASSWORD"), address("DATABASE_URL", "postgresql"), PASS),
        (hidden("REDIS_PASSWORD"), address("CELERY_BROKER_URL", "redis"), PASS),
        (hidden("JWT_SECRET"), hidden("APP_JWT_SECRET"), PASS),
        (hidden("MINIO_ROOT_PASSWORD"), hidden("AWS_SECRET_ACCESS_KEY"), PASS),
        (hidden("API_TOKEN"), hidden("API_TOKEN"), PASS),
        (hidden("DB_PASSWORD", "one"), hidden("JWT_SECRET", "two"), PASS),
    ],
)
def test_one_secret_is_for_one_purpose_over_all_services(one: EnvVar, other: EnvVar, outcome: Outcome) -> None:
    world = samples.stack(samples.service("a", env=(one,)), samples.service("b", env=(other,)))
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome


def test_both_places_are_named() -> None:
    world = samples.stack(samples.service("a", env=(hidden("DB_PASSWORD"), hidden("JWT_SECRET"))))
    reason = ask(CHECK, Level.FILES, stack=world).reason
    assert reason == "one secret for the database login and signing tokens: DB_PASSWORD (a) and JWT_SECRET (a)"


def test_empty_secrets_are_not_compared() -> None:
    env = (hidden("DB_PASSWORD", length=0), hidden("JWT_SECRET", length=0))
    world = samples.stack(samples.service("a", env=env))
    assert ask(CHECK, Level.FILES, stack=world).outcome is Outcome.NOT_APPLICABLE
