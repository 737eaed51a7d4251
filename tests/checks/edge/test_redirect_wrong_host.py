"""redirect-wrong-host over redirects."""

from __future__ import annotations

import pytest

from flawless.checks.edge.redirect_wrong_host import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask
from flawless.testing.nginx import d, proxy_config


@pytest.mark.parametrize(
    ("names", "target", "outcome"),
    [
        (["a.example", "b.example"], "https://$server_name$request_uri", Outcome.FAIL),
        (["a.example", "b.example"], "https://${server_name}/", Outcome.FAIL),
        (["a.example", "b.example"], "https://$host$request_uri", Outcome.PASS),
        (["a.example"], "https://$server_name$request_uri", Outcome.PASS),
        (["_"], "https://$server_name$request_uri", Outcome.FAIL),
        (["*.example"], "https://$server_name$request_uri", Outcome.FAIL),
        ([], "https://$server_name$request_uri", Outcome.FAIL),
    ],
)
def test_server_name_is_only_right_for_one_real_name(names: list[str], target: str, outcome: Outcome) -> None:
    server = d("server", d("server_name", *names), d("location", "/", d("return", "301", target)))
    assert ask(CHECK, Level.FILES, facts=[proxy_config(server)]).outcome is outcome
