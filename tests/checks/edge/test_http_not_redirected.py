"""http-not-redirected over plain answers."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.edge.http_not_redirected import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask

HTTPS = {"location": "https://example.com/"}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": 301, "headers": HTTPS}, Outcome.PASS),
        ({"status": 308, "headers": HTTPS}, Outcome.PASS),
        ({"status": 200, "headers": {}}, Outcome.FAIL),
        ({"status": 404, "headers": {}}, Outcome.FAIL),
        ({"status": 301, "headers": {"location": "http://example.com/"}}, Outcome.FAIL),
        ({"status": 301, "headers": {"location": "/login"}}, Outcome.FAIL),
        ({"status": 0, "error": "timeout"}, Outcome.UNKNOWN),
        ({"status": 200, "path": "/.well-known/acme-challenge/x"}, Outcome.NOT_APPLICABLE),
    ],
)
def test_plain_http_must_lead_to_https(answer: dict[str, Any], outcome: Outcome) -> None:
    plain = {"url": "http://example.com/", "path": "/", **answer}
    assert ask(CHECK, Level.LIVE, {"routes": {"stack": [plain]}}).outcome is outcome


def test_https_routes_are_not_asked() -> None:
    assert ask(CHECK, Level.LIVE, {"routes": {"stack": [{}]}}).outcome is Outcome.NOT_APPLICABLE
