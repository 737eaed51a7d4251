"""tls-protocol-weak over configurations and handshakes."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.edge.tls_protocol_weak import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.nginx import Directive
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask
from flawless.testing.nginx import d, proxy_config

TLS = d("listen", "443", "ssl")
NEW = d("ssl_protocols", "TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize(
    ("http", "outcome"),
    [
        ([d("server", TLS, NEW)], Outcome.PASS),
        ([NEW, d("server", TLS)], Outcome.PASS),
        ([d("server", TLS, d("ssl_protocols", "TLSv1.1", "TLSv1.2"))], Outcome.FAIL),
        ([NEW, d("server", TLS, d("ssl_protocols", "TLSv1"))], Outcome.FAIL),
        ([NEW, d("server", TLS), d("server", TLS, d("ssl_protocols", "SSLv3"))], Outcome.FAIL),
        ([NEW, d("server", TLS, d("ssl_ciphers", "HIGH:!aNULL:!MD5"))], Outcome.PASS),
        ([NEW, d("server", TLS, d("ssl_ciphers", "ECDHE-RSA-AES128-GCM-SHA256:DES-CBC3-SHA"))], Outcome.FAIL),
        ([NEW, d("server", TLS, d("ssl_ciphers", "RC4:HIGH"))], Outcome.FAIL),
        ([d("server", d("listen", "80"))], Outcome.NOT_APPLICABLE),
    ],
)
def test_what_the_configuration_allows(http: list[Directive], outcome: Outcome) -> None:
    assert ask(CHECK, Level.FILES, facts=[proxy_config(*http)]).outcome is outcome


@pytest.mark.parametrize(
    ("image", "outcome"),
    [
        ("nginx:1.27", Outcome.PASS),
        ("nginx:1.23.4-alpine", Outcome.PASS),
        ("nginx:1.22.1", Outcome.UNKNOWN),
        ("nginx:alpine", Outcome.UNKNOWN),
    ],
)
def test_unwritten_protocols_are_known_only_from_the_version(image: str, outcome: Outcome) -> None:
    world = samples.stack(samples.service("nginx", role=Role.PROXY, image=image))
    assert ask(CHECK, Level.FILES, stack=world, facts=[proxy_config(d("server", TLS))]).outcome is outcome


@pytest.mark.parametrize(
    ("tls", "outcome"),
    [
        ({"protocols": ["TLSv1.2", "TLSv1.3"]}, Outcome.PASS),
        ({"protocols": ["TLSv1.1", "TLSv1.2"]}, Outcome.FAIL),
        ({"protocols": []}, Outcome.UNKNOWN),
        ({"cipher": "DES-CBC3-SHA"}, Outcome.FAIL),
    ],
)
def test_what_the_proxy_accepts(tls: dict[str, Any], outcome: Outcome) -> None:
    assert ask(CHECK, Level.LIVE, {"tls": {"stack": tls}}).outcome is outcome
