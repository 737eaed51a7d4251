"""secret-in-environment over variables."""

from __future__ import annotations

import pytest

from flawless.checks.secrets.secret_in_environment import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import MASK, EnvVar, SecretTraits, UrlTraits
from flawless.testing import samples
from flawless.testing.ask import ask

TRAITS = SecretTraits(20, 4, False, "f")


@pytest.mark.parametrize(
    ("variable", "outcome"),
    [
        (samples.variable("API_TOKEN", MASK, secret=TRAITS), Outcome.FAIL),
        (samples.variable("DATABASE_URL", "x", url=UrlTraits("postgresql", "a", "b", 1, "/c", TRAITS)), Outcome.FAIL),
        (samples.variable("DATABASE_URL", "x", url=UrlTraits("postgresql", "a", "b", 1, "/c")), Outcome.PASS),
        (samples.variable("API_TOKEN_FILE", "/run/secrets/token", secret=TRAITS), Outcome.PASS),
        (samples.variable("API_TOKEN", "", secret=SecretTraits(0, 0, False, "")), Outcome.PASS),
        (samples.variable("LOG_LEVEL", "info"), Outcome.PASS),
    ],
)
def test_a_secret_in_plain_environment_is_a_failure(variable: EnvVar, outcome: Outcome) -> None:
    world = samples.stack(samples.service("app", env=(variable,)))
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome
