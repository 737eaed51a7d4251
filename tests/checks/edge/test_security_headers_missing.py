"""security-headers-missing over answers."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.edge.security_headers_missing import CHECK
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask

GOOD = samples.route().headers


def _asked(**answer: Any) -> Verdict:
    return ask(CHECK, Level.LIVE, {"routes": {"stack": [answer]}})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"strict-transport-security": ""}, "Strict-Transport-Security"),
        ({"strict-transport-security": "max-age=300"}, "Strict-Transport-Security"),
        ({"content-security-policy": ""}, "Content-Security-Policy"),
        ({"x-content-type-options": "yes"}, "nosniff"),
        ({"content-security-policy": "default-src 'self'", "x-frame-options": ""}, "frame-ancestors"),
        ({"referrer-policy": ""}, "Referrer-Policy"),
        ({"referrer-policy": "unsafe-url"}, "Referrer-Policy"),
        ({"permissions-policy": ""}, "Permissions-Policy"),
        ({"server": "nginx/1.22.1"}, "nginx/1.22.1"),
    ],
)
def test_each_missing_header_is_a_failure_that_names_it(changes: dict[str, str], said: str) -> None:
    headers = {name: value for name, value in {**GOOD, **changes}.items() if value}
    verdict = _asked(headers=headers)
    assert verdict.outcome is Outcome.FAIL
    assert said in verdict.reason


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({}, Outcome.PASS),
        ({"status": 500}, Outcome.PASS),
        ({"headers": {**GOOD, "server": "nginx"}}, Outcome.PASS),
        ({"status": 302, "headers": {"strict-transport-security": "max-age=63072000"}}, Outcome.PASS),
        ({"status": 302, "headers": {}}, Outcome.FAIL),
        ({"status": 500, "headers": {}}, Outcome.FAIL),
        ({"status": 0, "headers": {}, "error": "refused"}, Outcome.UNKNOWN),
        ({"url": "http://127.0.0.1:8080/", "headers": {}}, Outcome.FAIL),
    ],
)
def test_which_answers_are_judged(answer: dict[str, Any], outcome: Outcome) -> None:
    assert _asked(**answer).outcome is outcome


def test_one_bad_route_among_good_ones_fails_under_its_own_subject() -> None:
    verdict = ask(CHECK, Level.LIVE, {"routes": {"stack": [{"path": "/"}, {"path": "/api/", "headers": {}}]}})
    failed = [finding.subject for finding in verdict.findings if finding.outcome is Outcome.FAIL]
    assert failed == ["route:/api/"]


def test_a_stack_without_proxy_is_not_asked() -> None:
    world = samples.stack(samples.service("backend", role=Role.BACKEND))
    assert ask(CHECK, Level.LIVE, {"routes": {"stack": []}}, stack=world).outcome is Outcome.NOT_APPLICABLE
