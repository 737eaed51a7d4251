"""internal-network-needs-outbound over variables, hosts and networks."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.network.internal_network_needs_outbound import CHECK
from flawless.compose import urls
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.stack import Attachment, EnvVar, UrlTraits
from flawless.testing import samples
from flawless.testing.ask import ask

FAIL, PASS, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE


def variable(name: str, value: str) -> EnvVar:
    url = UrlTraits(host=urls.split(value).host) if urls.is_url(name, value) else None
    return samples.variable(name, value, url=url)


def asked(*env: EnvVar, **changes: Any) -> Verdict:
    return ask(CHECK, Level.FILES, stack=samples.stack(samples.service("app", env=env, **changes)))


@pytest.mark.parametrize(
    ("name", "value", "outcome"),
    [
        ("PAYMENT_API_URL", "https://api.payments.example.com/v1", FAIL),
        ("SENTRY_DSN", "https://key@o1.ingest.example.com/2", FAIL),
        ("SMTP_HOST", "smtp.example.com", FAIL),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://otel.example.com:4317", FAIL),
        ("DATABASE_URL", "postgres://u@db.provider.example.com/x", FAIL),
        ("PUBLIC_URL", "https://shop.example.com", SKIP),
        ("NEXT_PUBLIC_API_URL", "https://api.example.com", SKIP),
        ("NEXTAUTH_URL", "https://shop.example.com", SKIP),
        ("API_URL", "https://api.example.com", SKIP),
        ("ADMIN_PANEL_URL", "https://admin.example.com", SKIP),
        ("CORS_ORIGINS", "https://shop.example.com", SKIP),
        ("OAUTH_CALLBACK_URL", "https://shop.example.com/cb", SKIP),
        ("GREETING", "see www.example.com", SKIP),
        ("DATABASE_URL", "postgres://u@postgres/x", SKIP),
        ("MAIL_HOST", "10.0.0.5", SKIP),
        ("MAIL_HOST", "mail.lan", SKIP),
        ("S3_ENDPOINT", "http://host.docker.internal:9000", SKIP),
    ],
)
def test_a_public_host_that_the_service_calls_needs_a_way_out(name: str, value: str, outcome: Outcome) -> None:
    assert asked(variable(name, value)).outcome is outcome


CALL = variable("PAYMENT_API_URL", "https://api.payments.example.com")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"networks": (Attachment("app"), Attachment("data"))}, FAIL),
        ({"networks": (Attachment("app"), Attachment("edge"))}, PASS),
        ({"networks": (), "network_mode": "host"}, PASS),
        ({"networks": (), "network_mode": "none"}, FAIL),
        ({"networks": (Attachment("elsewhere"),)}, PASS),
    ],
)
def test_one_network_that_is_not_internal_is_enough(changes: dict[str, Any], outcome: Outcome) -> None:
    assert asked(CALL, **changes).outcome is outcome


def test_a_proxy_for_what_lies_outside_is_a_way_out() -> None:
    assert asked(CALL, variable("HTTPS_PROXY", "http://squid:3128")).outcome is PASS
