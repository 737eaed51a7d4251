"""log-level-unfit over variables, Dockerfiles and roles."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flawless.checks.secrets.log_level_unfit import CHECK
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask

AskDockerfile = Callable[..., Verdict]
FAIL, PASS, UNKNOWN, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("name", "value", "outcome"),
    [
        ("LOG_LEVEL", "info", PASS),
        ("LOG_LEVEL", "WARNING", PASS),
        ("UVICORN_LOG_LEVEL", "error", PASS),
        ("LOG_LEVEL", "debug", FAIL),
        ("LOG_LEVEL", "Trace", FAIL),
        ("LOGLEVEL", "10", FAIL),
        ("LOG_LEVEL", "", FAIL),
        ("LOG_LEVEL", "off", FAIL),
        ("LOG_LEVEL", "chatty", UNKNOWN),
        ("RUST_LOG", "info", PASS),
        ("RUST_LOG", "info,sqlx=warn,hyper=off", PASS),
        ("RUST_LOG", "app=info", PASS),
        ("RUST_LOG", "warn,app=debug", FAIL),
        ("RUST_LOG", "app", FAIL),
        ("RUST_LOG", "off", FAIL),
        ("DEBUG", "true", FAIL),
        ("DEBUG", "*", FAIL),
        ("DEBUG", "false", SKIP),
        ("CATALOG_LEVELS", "debug", SKIP),
    ],
)
def test_a_level_is_between_info_and_error(name: str, value: str, outcome: Outcome) -> None:
    world = samples.stack(samples.service("app", env=(samples.variable(name, value),)))
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome


@pytest.mark.parametrize(
    ("text", "role", "outcome"),
    [
        ("FROM debian:12", Role.BACKEND, FAIL),
        ("FROM debian:12", Role.FRONTEND, SKIP),
        ("FROM debian:12\nENV LOG_LEVEL=info", Role.BACKEND, PASS),
        ("FROM debian:12\nENV LOG_LEVEL debug", Role.BACKEND, FAIL),
    ],
)
def test_a_backend_sets_its_level_in_compose_or_the_image(
    ask_dockerfile: AskDockerfile, text: str, role: Role, outcome: Outcome
) -> None:
    assert ask_dockerfile(CHECK, text, role=role).outcome is outcome


def test_compose_wins_over_the_image(ask_dockerfile: AskDockerfile) -> None:
    env = (samples.variable("LOG_LEVEL", "info"),)
    assert ask_dockerfile(CHECK, "FROM debian:12\nENV LOG_LEVEL=debug", env=env).outcome is PASS
