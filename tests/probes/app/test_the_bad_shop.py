"""Each fault of the shop fails its check, and the shop without faults is left alone."""

from __future__ import annotations

import pytest

from flawless.judging.catalogue import catalogue
from flawless.model.check import Level, Outcome
from tests.probes.app import badapp
from tests.probes.app.conftest import AskShop, failed, told

FAULTS = [
    ("5xx", "endpoint-fails", 'operation:GET /api/orders it answers 500: {"error": "relation'),
    ("undescribed", "endpoint-fails", "operation:POST /api/orders it answers 200, and its description knows 201"),
    ("open", "endpoint-unprotected", "operation:GET /api/orders it answers 200 without a login"),
    ("any-token", "endpoint-unprotected", "operation:GET /api/users it answers 200 to a forged token"),
    ("no-role", "endpoint-unprotected", "operation:GET /api/users it answers 200 to the account that must not use it"),
    ("alg-none", "jwt-forgeable", "accepts alg none (200)"),
    ("common-key", "jwt-forgeable", "accepts the common key 'secret' (200)"),
    ("unsigned", "jwt-forgeable", "accepts tampered claims (role) (200)"),
    ("no-expiry", "jwt-forgeable", "accepts an expired token (200)"),
    ("no-audience", "jwt-forgeable", "accepts a token of another audience (200)"),
    ("deep", "input-not-validated", "operation:POST /api/orders JSON nested deeply in the body gets 500"),
    ("untyped", "input-not-validated", "operation:POST /api/orders an object in field name is taken (201)"),
    ("nul", "input-not-validated", "operation:POST /api/orders a NUL byte in field name gets 500"),
    ("sql-error", "sql-injectable", "query q: a quote makes the database complain: unrecognized token"),
    ("sql-boolean", "sql-injectable", "query q: …' AND '1'='1 is answered unlike …' AND '1'='2"),
    ("sql-time", "sql-injectable", "query q: a pause of 1 s in SQL makes the answer take"),
    ("sql-login", "sql-injectable", "operation:POST /api/login body password: a quote gets 500, two quotes 401"),
    ("xss", "xss-reflected", "operation:GET /search markup in query q comes back as it was sent (text/html"),
    ("xss-sniffed", "xss-reflected", "operation:GET /search markup in query q comes back as it was sent (text/plain"),
    ("no-audit-login", "audit-log-missing", "a failed login leaves no entry in GET /api/audit"),
    ("no-audit-change", "audit-log-missing", "a change of data leaves no entry in GET /api/audit"),
    ("cors", "cors-too-open", "lets https://flawless-probe.example in with credentials"),
    ("cors-null", "cors-too-open", "lets null in with credentials (null)"),
    ("cors-closed", "cors-too-open", f"pages of {badapp.REAL} cannot call: no route allows it"),
    ("no-upgrade", "websocket-headers-missing", "route:/ws the handshake gets 404 through the proxy"),
]
CHECKS = tuple(dict.fromkeys(check for _, check, _ in FAULTS))


def test_every_fault_of_the_shop_is_tried() -> None:
    live = {"no-limit", "limit-by-header"}
    assert {fault for fault, _, _ in FAULTS} | live == set(badapp.FAULTS)


@pytest.mark.parametrize(("fault", "check", "said"), FAULTS, ids=[f"{fault}-{check}" for fault, check, _ in FAULTS])
async def test_a_fault_fails_its_check(fault: str, check: str, said: str, ask_shop: AskShop) -> None:
    verdict = await ask_shop(catalogue()[check], fault)
    assert any(said in line for line in failed(verdict)), told(verdict, *Outcome)


@pytest.mark.parametrize("check", CHECKS)
async def test_a_good_shop_is_left_alone(check: str, ask_shop: AskShop) -> None:
    verdict = await ask_shop(catalogue()[check])
    assert verdict.outcome is Outcome.PASS, told(verdict, "fail", "unknown", "error")


@pytest.mark.parametrize("check", ["endpoint-fails", "cors-too-open", "websocket-headers-missing"])
async def test_a_good_shop_that_runs_is_left_alone(check: str, ask_shop: AskShop) -> None:
    verdict = await ask_shop(catalogue()[check], level=Level.LIVE, throwaway=False)
    assert verdict.outcome is Outcome.PASS, told(verdict, "fail", "unknown", "error")


@pytest.mark.parametrize(
    ("faults", "outcome", "said"),
    [
        (("no-limit",), Outcome.FAIL, "150 requests in a row, and none was refused: 150 times 401"),
        (("limit-by-header",), Outcome.FAIL, "requests, but not with another X-Forwarded-For (401)"),
        # From this machine alone nobody can be another client, and that is said.
        ((), Outcome.UNKNOWN, "requests; whether others still pass is not known"),
    ],
)
async def test_a_limit_is_counted(faults: tuple[str, ...], outcome: Outcome, said: str, ask_shop: AskShop) -> None:
    check = catalogue()["rate-limit-missing"]
    verdict = await ask_shop(check, *faults, level=Level.LIVE, throwaway=False, active=True)
    assert verdict.outcome is outcome
    assert said in verdict.reason
