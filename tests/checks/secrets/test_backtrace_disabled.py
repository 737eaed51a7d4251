"""backtrace-disabled over languages and switches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flawless.checks.secrets.backtrace_disabled import CHECK
from flawless.model.check import Outcome, Verdict
from flawless.testing import samples

AskDockerfile = Callable[..., Verdict]
FAIL, PASS, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE
RUST = "FROM rust:1.83 AS build\nRUN cargo build --release\nFROM debian:12\nCOPY --from=build /a /a\n"


@pytest.mark.parametrize(
    ("text", "env", "outcome"),
    [
        ('FROM python:3.12\nCMD ["python", "-m", "app"]', {}, FAIL),
        ('FROM debian:12\nCMD ["dumb-init", "--", "python3", "-m", "app"]', {}, FAIL),
        ('FROM python:3.12\nCMD ["gunicorn", "app"]', {"PYTHONFAULTHANDLER": "1"}, PASS),
        ('FROM python:3.12\nENV PYTHONFAULTHANDLER=1\nCMD ["gunicorn", "app"]', {}, PASS),
        ('FROM python:3.12\nENV PYTHONFAULTHANDLER=1\nCMD ["gunicorn"]', {"PYTHONFAULTHANDLER": ""}, FAIL),
        ('FROM python:3.12\nCMD ["python", "-X", "faulthandler", "app.py"]', {}, PASS),
        (f'{RUST}CMD ["/a"]', {}, FAIL),
        (f'{RUST}CMD ["/a"]', {"RUST_BACKTRACE": "0"}, FAIL),
        (f'{RUST}CMD ["/a"]', {"RUST_BACKTRACE": "1"}, PASS),
        (f'{RUST}CMD ["/a"]', {"RUST_BACKTRACE": "full"}, PASS),
        ('FROM debian:12\nCMD ["/a"]', {"RUST_LOG": "info"}, FAIL),
        ("FROM python:3.12", {}, FAIL),
        ('FROM node:22\nCMD ["node", "a.js"]', {}, SKIP),
        ('FROM nginx:1.27\nCMD ["nginx"]', {}, SKIP),
    ],
)
def test_a_language_that_has_a_switch_has_it_on(
    ask_dockerfile: AskDockerfile, text: str, env: dict[str, str], outcome: Outcome
) -> None:
    variables = tuple(samples.variable(name, value) for name, value in env.items())
    assert ask_dockerfile(CHECK, text, env=variables).outcome is outcome


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"command": ("python", "worker.py")}, FAIL),
        ({"image": "postgres:16"}, SKIP),
        ({"env": (samples.variable("RUST_LOG", "info"), samples.variable("RUST_BACKTRACE", "1"))}, PASS),
    ],
)
def test_an_image_from_elsewhere_is_judged_by_compose_alone(
    ask_dockerfile: AskDockerfile, changes: dict[str, Any], outcome: Outcome
) -> None:
    assert ask_dockerfile(CHECK, "FROM scratch", build=None, **changes).outcome is outcome
