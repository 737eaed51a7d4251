"""headers-lost-in-location over nested blocks."""

from __future__ import annotations

import pytest

from flawless.checks.edge.headers_lost_in_location import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.nginx import Directive
from flawless.testing.ask import ask
from flawless.testing.nginx import d, proxy_config

SAFE = d("add_header", "X-Content-Type-Options", "nosniff", "always")
LOWER = d("add_header", "x-content-type-options", "nosniff")
CACHE = d("add_header", "Cache-Control", "no-store")
MERGE = d("add_header_inherit", "merge")


@pytest.mark.parametrize(
    ("http", "outcome"),
    [
        ([d("server", SAFE, d("location", "/", CACHE))], Outcome.FAIL),
        ([d("server", SAFE, d("location", "/", CACHE, LOWER))], Outcome.PASS),
        ([d("server", SAFE, d("location", "/"))], Outcome.PASS),
        ([SAFE, d("server", CACHE)], Outcome.FAIL),
        ([SAFE, d("server", d("location", "/", d("if", "($x)", CACHE)))], Outcome.FAIL),
        ([SAFE, d("server", MERGE, d("location", "/", CACHE))], Outcome.PASS),
        ([d("server", CACHE, d("location", "/", d("add_header", "X-Other", "1")))], Outcome.PASS),
    ],
)
def test_own_headers_must_repeat_the_inherited_security_headers(http: list[Directive], outcome: Outcome) -> None:
    assert ask(CHECK, Level.FILES, facts=[proxy_config(*http)]).outcome is outcome
