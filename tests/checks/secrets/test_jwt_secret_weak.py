"""jwt-secret-weak over names and values, graded as the Compose reader grades them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.checks.secrets.jwt_secret_weak import CHECK
from flawless.compose.secrecy import traits
from flawless.model.check import Level, Outcome
from flawless.model.stack import MASK
from flawless.sensitive import is_secret
from flawless.testing import samples
from flawless.testing.ask import ask
from flawless.testing.from_files import stack_from

FAIL, PASS, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE
BY_FILE = """
services:
  app:
    image: shop/app:1
    environment: {JWT_SECRET_FILE: /run/secrets/signing}
    secrets: [{source: jwt, target: signing}]
secrets: {jwt: {file: ./key}}
"""
STRONG = "q7Zr0vJx3TnLw9Kd2sYb8HfGmPc5uEaX"


@pytest.mark.parametrize(
    ("name", "value", "outcome"),
    [
        ("JWT_SECRET", STRONG, PASS),
        ("JWT_SECRET_KEY", STRONG, PASS),
        ("AUTH_SECRET", STRONG, PASS),
        ("SECRET_KEY", STRONG, PASS),
        ("APP_JWT_SECRET", STRONG[:31], FAIL),
        ("JWT_SECRET", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", FAIL),
        ("JWT_SECRET", "your-256-bit-secret-your-256-bit-secret", FAIL),
        ("JWT_SECRET", "passwordpasswordpasswordpassword", FAIL),
        ("JWT_SECRET", "12345", FAIL),
        ("JWT_SECRET", "", FAIL),
        ("JWT_SECRET_FILE", "/run/secrets/jwt", Outcome.UNKNOWN),
        ("SECRET_KEY_BASE", "/run/keys/a-path-that-is-long-enough-for-it", Outcome.UNKNOWN),
        ("JWT_PUBLIC_KEY", STRONG[:8], SKIP),
        ("JWT_EXPIRES_IN", "15m", SKIP),
        ("JWT_SECRET_ID", "abc", SKIP),
        ("SMTP_SECRET", "abc", SKIP),
    ],
)
def test_a_key_that_signs_is_long_and_hard_to_guess(name: str, value: str, outcome: Outcome) -> None:
    hidden = is_secret(name, value)
    secret = traits(value, b"key") if hidden else None
    variable = samples.variable(name, MASK if hidden else value, secret=secret)
    verdict = ask(CHECK, Level.FILES, stack=samples.stack(samples.service("app", env=(variable,))))
    assert verdict.outcome is outcome, verdict.reason


@pytest.mark.parametrize(
    ("text", "outcome"),
    [(STRONG, PASS), (f"{STRONG}\n", PASS), (STRONG[:31], FAIL), ("change-me-" * 5, FAIL), ("", FAIL)],
)
def test_a_key_in_a_compose_secret_is_judged_by_what_is_in_the_file(
    tmp_path: Path, text: str, outcome: Outcome
) -> None:
    stack = stack_from({"compose.yaml": BY_FILE, "key": text}, tmp_path)
    assert ask(CHECK, Level.FILES, stack=stack).outcome is outcome


def test_a_file_that_cannot_be_read_here_is_unknown(tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": BY_FILE}, tmp_path)
    assert ask(CHECK, Level.FILES, stack=stack).outcome is Outcome.UNKNOWN


def test_the_value_is_never_in_the_message() -> None:
    variable = samples.variable("JWT_SECRET", MASK, secret=traits("hunter2-hunter2", b"key"))
    verdict = ask(CHECK, Level.FILES, stack=samples.stack(samples.service("app", env=(variable,))))
    assert "hunter2" not in verdict.reason
