"""build-input-untracked over kinds of paths and what git says of them."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.code.build_input_untracked import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask

FAIL, PASS = Outcome.FAIL, Outcome.PASS
TRACKED = {"tracked": True, "ignored": False}
IGNORED = {"tracked": False, "ignored": True}
FORGOTTEN = {"tracked": False, "ignored": False}
NO_GIT = {"tracked": None, "ignored": None}


@pytest.mark.parametrize(
    ("kind", "path", "git", "outcome"),
    [
        ("copy", "app/main.py", TRACKED, PASS),
        ("copy", "app/main.py", IGNORED, FAIL),
        ("copy", "app/main.py", FORGOTTEN, FAIL),
        ("copy", "app/main.py", NO_GIT, PASS),
        ("context", "app", FORGOTTEN, FAIL),
        ("dockerfile", "app/Dockerfile", IGNORED, FAIL),
        ("bind", "nginx/nginx.conf", IGNORED, FAIL),
        ("bind", "nginx/nginx.conf", TRACKED, PASS),
        ("bind", "certs/tls.key", IGNORED, PASS),
        ("bind", "certs/tls.key", TRACKED, FAIL),
        ("bind", "nginx/cert.pem", FORGOTTEN, PASS),
        ("bind", "certs", IGNORED, PASS),
        ("bind", "certs", TRACKED, PASS),
        ("bind", "data", FORGOTTEN, PASS),
        ("bind", "backend/logs", IGNORED, PASS),
        ("bind", "/var/run/docker.sock", FORGOTTEN, PASS),
        ("bind", "/etc/letsencrypt", FORGOTTEN, PASS),
        ("secret", "secrets/password", IGNORED, PASS),
        ("secret", "secrets/password", FORGOTTEN, PASS),
        ("secret", "secrets/password", TRACKED, FAIL),
        ("env_file", ".env", IGNORED, PASS),
        ("env_file", "defaults.env", TRACKED, PASS),
        ("env_file", "app.env", FORGOTTEN, FAIL),
    ],
)
def test_sources_are_tracked_and_secrets_are_not(kind: str, path: str, git: dict[str, Any], outcome: Outcome) -> None:
    assert _outcome([{"kind": kind, "path": path, "exists": True, **git}]) is outcome


@pytest.mark.parametrize("git", [TRACKED, IGNORED, FORGOTTEN, NO_GIT])
@pytest.mark.parametrize("kind", ["copy", "bind", "secret", "env_file", "context"])
def test_what_does_not_exist_is_always_a_failure(kind: str, git: dict[str, Any]) -> None:
    assert _outcome([{"kind": kind, "path": "secrets/x.key", "exists": False, **git}]) is FAIL


@pytest.mark.parametrize("git", [TRACKED, NO_GIT])
def test_what_the_dockerignore_keeps_out_is_a_failure(git: dict[str, Any]) -> None:
    assert _outcome([{"kind": "copy", "path": "a", "exists": True, "hidden": True, **git}]) is FAIL


def test_one_missing_file_is_found_among_good_ones() -> None:
    good = {"kind": "copy", "path": "a", "exists": True, **TRACKED}
    assert _outcome([good, {**good, "exists": False}, good]) is FAIL


def test_a_service_without_inputs_does_not_apply() -> None:
    verdict = ask(CHECK, Level.FILES, {"inputs": {"service:backend": []}})
    finding = next(each for each in verdict.findings if each.subject == "service:backend")
    assert finding.outcome is Outcome.NOT_APPLICABLE


def _outcome(inputs: list[dict[str, Any]]) -> Outcome:
    return ask(CHECK, Level.FILES, {"inputs": {"service:backend": inputs}}).outcome
