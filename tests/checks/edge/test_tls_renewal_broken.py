"""tls-renewal-broken over the ways to prove that a name is one's own, and over where the tool runs."""

from __future__ import annotations

import pytest

from flawless.checks.edge.tls_renewal_broken import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.facts import known
from flawless.model.keys import OPERATIONS
from flawless.model.observed_files import SourceLine
from flawless.model.stack import Origin, Port, Role
from flawless.testing import samples
from flawless.testing.ask import ask
from flawless.testing.nginx import d, proxy_config

FAIL, PASS, NOT_APPLICABLE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE
HOOK = "--deploy-hook 'docker compose exec nginx nginx -s reload'"


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (f"certbot --nginx -d shop.example.com {HOOK}", FAIL),
        (f"certbot renew -a nginx {HOOK}", FAIL),
        ("docker compose exec nginx certbot --nginx -d shop.example.com && docker compose restart nginx", PASS),
        (f"certbot certonly --standalone {HOOK}", FAIL),
        (f"certbot certonly --standalone --http-01-port 8090 {HOOK}", PASS),
        (f"certbot certonly --dns-route53 -d shop.example.com {HOOK}", PASS),
        ("certbot certonly --dns-route53 -d shop.example.com", FAIL),
        ("apt-get install certbot python3-certbot-nginx", NOT_APPLICABLE),
    ],
)
def test_the_proof_reaches_the_authority_and_the_proxy_is_reloaded(line: str, outcome: Outcome) -> None:
    proxy = samples.service("nginx", role=Role.PROXY, ports=(Port(80, "80", "", "tcp", samples.HERE),))
    facts = [known(OPERATIONS, "stack", (SourceLine(line, Origin("bin/renew", 1)),)), proxy_config(d("server"))]
    assert ask(CHECK, Level.FILES, stack=samples.stack(proxy), facts=facts).outcome is outcome
