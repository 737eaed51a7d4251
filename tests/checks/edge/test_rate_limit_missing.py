"""rate-limit-missing over locations."""

from __future__ import annotations

import pytest

from flawless.checks.edge.rate_limit_missing import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.nginx import Directive
from flawless.testing.ask import ask
from flawless.testing.nginx import d, proxy_config

LIMIT = d("limit_req", "zone=api", "burst=20")
BACKEND, FRONTEND = d("proxy_pass", "http://backend:8081"), d("proxy_pass", "http://frontend:3000")


def _zone(key: str) -> Directive:
    return d("limit_req_zone", key, "zone=api:4m", "rate=20r/s")


ZONE = _zone("$binary_remote_addr")


@pytest.mark.parametrize(
    ("http", "outcome"),
    [
        ([d("server", d("location", "/api/", BACKEND))], Outcome.FAIL),
        ([d("server", d("location", "/", BACKEND))], Outcome.FAIL),
        ([d("server", d("location", "~", "^/(auth|x)/", BACKEND))], Outcome.FAIL),
        ([d("server", d("location", "/v1/login", FRONTEND))], Outcome.FAIL),
        ([ZONE, d("server", d("location", "/api/", LIMIT, BACKEND))], Outcome.PASS),
        ([ZONE, LIMIT, d("server", d("location", "/api/", BACKEND))], Outcome.PASS),
        ([ZONE, d("server", d("location", "/api/", LIMIT, BACKEND), d("location", "/login", BACKEND))], Outcome.FAIL),
        ([d("server", d("location", "/api/", d("limit_conn", "api", "10"), BACKEND))], Outcome.PASS),
        ([_zone("$server_name"), d("server", d("location", "/api/", LIMIT, BACKEND))], Outcome.FAIL),
        (
            [d("limit_req_zone", "$host", "zone=x:1m"), ZONE, LIMIT, d("server", d("location", "/api/", BACKEND))],
            Outcome.PASS,
        ),
        ([d("server", d("location", "=", "/health", BACKEND))], Outcome.NOT_APPLICABLE),
        ([d("server", d("location", "=", "/openapi.json", BACKEND))], Outcome.NOT_APPLICABLE),
        ([d("server", d("location", "=", "/api/health", BACKEND))], Outcome.NOT_APPLICABLE),
        ([d("server", d("location", "/", FRONTEND))], Outcome.NOT_APPLICABLE),
        ([d("server", d("location", "/ws", BACKEND))], Outcome.NOT_APPLICABLE),
    ],
)
def test_login_and_api_need_a_limit_per_client(http: list[Directive], outcome: Outcome) -> None:
    assert ask(CHECK, Level.FILES, facts=[proxy_config(*http)]).outcome is outcome
