"""The reference stack, asked and attacked from outside: no check of the application has anything against it."""

from __future__ import annotations

import pytest
from msgspec import structs

from flawless.app.gather import gather
from flawless.judging.catalogue import catalogue
from flawless.judging.run import run
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.settings_app import Account, AppSettings
from flawless.ports.bundle import Ports

from .shop import Shop

pytestmark = [pytest.mark.engine, pytest.mark.full]

SETTINGS = AppSettings(
    accounts=(Account("admin", password_file="secrets/admin_password"),), restricted=(), websockets=("/api/events",)
)
IN_A_COPY = (
    "endpoint-fails",
    "cors-too-open",
    "websocket-headers-missing",
    "endpoint-unprotected",
    "jwt-forgeable",
    "input-not-validated",
    "sql-injectable",
    "xss-reflected",
    "audit-log-missing",
)
IN_WHAT_RUNS = ("endpoint-fails", "cors-too-open", "websocket-headers-missing")


async def asked(shop: Shop, ports: Ports, check: str, level: Level, *, active: bool = False) -> Verdict:
    """What a check says of the shop; at level rehearsal it is its own throwaway copy."""
    settings = structs.replace(shop.settings, app=SETTINGS)
    throwaway = level is Level.REHEARSAL
    target = structs.replace(shop.target(ports, settings), throwaway=throwaway, active=active)
    found = catalogue()[check]
    rule = next(rule for rule in found.rules if rule.level is level)
    (verdict,) = run([(found, rule)], target.stack, await gather(target, rule.needs))
    return verdict


def told(verdict: Verdict, *outcomes: Outcome) -> list[str]:
    return [f"{each.subject}: {each.message}" for each in verdict.findings if each.outcome in outcomes]


@pytest.mark.parametrize("check", IN_WHAT_RUNS)
async def test_what_runs_is_asked_and_nothing_is_wrong(check: str, shop: Shop, ports: Ports) -> None:
    verdict = await asked(shop, ports, check, Level.LIVE)
    assert verdict.outcome is Outcome.PASS, told(verdict, Outcome.FAIL, Outcome.UNKNOWN)


@pytest.mark.parametrize("check", IN_A_COPY)
async def test_no_attack_succeeds(check: str, shop: Shop, ports: Ports) -> None:
    verdict = await asked(shop, ports, check, Level.REHEARSAL)
    assert told(verdict, Outcome.FAIL, Outcome.ERROR) == []
    assert told(verdict, Outcome.PASS)
    # The stack's limit of logins may come first, and then that is said.
    unknown = told(verdict, Outcome.UNKNOWN)
    assert [line for line in unknown if not line.startswith("operation:POST /api/auth/login")] == []


async def test_the_login_is_limited_for_one_and_not_for_others(shop: Shop, ports: Ports) -> None:
    verdict = await asked(shop, ports, "rate-limit-missing", Level.LIVE, active=True)
    assert verdict.outcome is Outcome.PASS, told(verdict, Outcome.FAIL, Outcome.UNKNOWN)
