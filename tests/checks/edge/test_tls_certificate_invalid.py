"""tls-certificate-invalid over certificates."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.edge.tls_certificate_invalid import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask
from flawless.testing.samples import DAY, NOW

NAMES = ["example.com", "*.example.com"]


@pytest.mark.parametrize(
    ("tls", "outcome", "said"),
    [
        ({}, Outcome.PASS, "80 days left"),
        ({"not_after": NOW - DAY}, Outcome.FAIL, "expired 1 days ago"),
        ({"not_before": NOW + DAY}, Outcome.FAIL, "not valid for another"),
        ({"not_before": NOW - 80 * DAY, "not_after": NOW + 6 * DAY}, Outcome.FAIL, "renewal"),
        ({"not_before": NOW - 80 * DAY, "not_after": NOW + 14 * DAY}, Outcome.PASS, "only 14 days left"),
        ({"not_before": NOW - 2 * DAY, "not_after": NOW + 4 * DAY}, Outcome.PASS, "4 days left"),
        ({"not_before": NOW - 5 * DAY, "not_after": NOW + DAY}, Outcome.FAIL, "renewal"),
        ({"verified": False, "verify_error": "self-signed"}, Outcome.FAIL, "self-signed"),
        ({"names": []}, Outcome.FAIL, "names no host"),
        ({"host": "example.com", "names": NAMES}, Outcome.PASS, "trusted"),
        ({"host": "www.example.com", "names": NAMES}, Outcome.PASS, "trusted"),
        ({"host": "a.b.example.com", "names": NAMES}, Outcome.FAIL, "not for a.b.example.com"),
        ({"host": "example.org", "names": NAMES}, Outcome.FAIL, "not for example.org"),
        ({"host": "192.0.2.7", "names": NAMES}, Outcome.PASS, "trusted"),
    ],
)
def test_a_certificate_must_be_trusted_named_and_lasting(tls: dict[str, Any], outcome: Outcome, said: str) -> None:
    verdict = ask(CHECK, Level.LIVE, {"tls": {"stack": tls}})
    assert (verdict.outcome, said in verdict.reason) == (outcome, True)
