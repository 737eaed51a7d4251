"""upstream-resolved-once over proxy configurations."""

from __future__ import annotations

import pytest

from flawless.checks.edge.upstream_resolved_once import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.nginx import Directive
from flawless.testing.ask import ask
from flawless.testing.nginx import d, proxy_config

RESOLVER = d("resolver", "127.0.0.11", "valid=1s")
SET = d("set", "$backend", "backend")


def _location(address: str) -> Directive:
    return d("location", "/", d("proxy_pass", address))


def _upstream(*server: str, own: bool = False) -> Directive:
    inside = [d("server", *server), *([RESOLVER] if own else [])]
    return d("upstream", "app", *inside)


@pytest.mark.parametrize(
    ("http", "outcome"),
    [
        ([d("server", _location("http://backend:8081"))], Outcome.FAIL),
        ([RESOLVER, d("server", _location("http://backend:8081"))], Outcome.FAIL),
        ([RESOLVER, d("server", SET, _location("http://$backend:8081"))], Outcome.PASS),
        ([d("server", RESOLVER, SET, _location("http://$backend:8081"))], Outcome.PASS),
        ([d("server", SET, _location("http://$backend:8081"))], Outcome.FAIL),
        ([_upstream("backend:8081"), d("server", _location("http://app"))], Outcome.FAIL),
        ([RESOLVER, _upstream("backend:8081"), d("server", _location("http://app"))], Outcome.FAIL),
        ([RESOLVER, _upstream("backend:8081", "resolve"), d("server", _location("http://app"))], Outcome.PASS),
        ([_upstream("backend:8081", "resolve", own=True), d("server", _location("http://app"))], Outcome.PASS),
        ([_upstream("backend:8081", "resolve"), d("server", _location("http://app"))], Outcome.FAIL),
        ([d("server", _location("http://$somewhere"))], Outcome.FAIL),
        ([d("server", _location("http://127.0.0.1:9000"))], Outcome.NOT_APPLICABLE),
        ([d("server", _location("https://maps.example.com"))], Outcome.NOT_APPLICABLE),
    ],
)
def test_a_service_must_be_looked_up_again(http: list[Directive], outcome: Outcome) -> None:
    assert ask(CHECK, Level.FILES, facts=[proxy_config(*http)]).outcome is outcome
