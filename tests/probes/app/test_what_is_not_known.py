"""What nobody said stays unknown, with the line to add; and nothing is attacked that is no throwaway copy."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.app.gather import gather
from flawless.judging.catalogue import catalogue
from flawless.model.check import Level, Outcome
from flawless.model.facts import STACK, Known, Unknown
from flawless.model.keys import APP_AUDIT, APP_INPUTS, APP_LIMITS, APP_READS, APP_TOKENS
from flawless.model.settings_app import Account, JwtSettings, LoginSettings
from tests.probes.app import badapp
from tests.probes.app.conftest import AskShop, World, told

ATTACKS = (
    "endpoint-unprotected",
    "jwt-forgeable",
    "input-not-validated",
    "sql-injectable",
    "xss-reflected",
)


@pytest.mark.parametrize("check", ATTACKS)
async def test_what_runs_is_never_attacked(check: str, world: World) -> None:
    (rule,) = catalogue()[check].rules
    with badapp.serving() as (url, shop):
        facts = await gather(world.target(url, throwaway=False, active=True), rule.needs)
    reading = facts.get(rule.needs[0], STACK)
    assert isinstance(reading, Unknown)
    assert reading.remedy == "flawless check --rehearse"
    assert shop.requests == []


@pytest.mark.parametrize("key", [APP_AUDIT, APP_LIMITS], ids=lambda key: key.name)
async def test_what_leaves_a_trace_waits_for_the_operators_word(key: Any, world: World) -> None:
    with badapp.serving() as (url, shop):
        facts = await gather(world.target(url, throwaway=False), [key])
    reading = facts.get(key, STACK)
    assert isinstance(reading, Unknown)
    assert reading.remedy == "flawless verify --opt-in active"
    assert shop.requests == []


async def test_what_only_reads_changes_nothing(world: World) -> None:
    with badapp.serving() as (url, shop):
        await gather(world.target(url, throwaway=False), [APP_READS])
    assert shop.requests
    assert {line for line in shop.requests if not line.startswith("GET ")} == {"POST /api/login"}


@pytest.mark.parametrize("check", ATTACKS)
async def test_without_a_document_and_without_routes_the_line_to_add_is_told(check: str, ask_shop: AskShop) -> None:
    verdict = await ask_shop(catalogue()[check], documented=False, restricted=None)
    assert verdict.outcome is Outcome.UNKNOWN
    assert 'openapi = "/path/of/openapi.json"' in verdict.findings[0].remedy


async def test_without_a_document_the_routes_that_are_known_are_asked(ask_shop: AskShop) -> None:
    check = catalogue()["endpoint-fails"]
    verdict = await ask_shop(check, documented=False, restricted=None, level=Level.LIVE, throwaway=False)
    assert verdict.outcome is Outcome.PASS
    assert any("/health answers 200" in line for line in told(verdict, "pass"))


async def test_routes_of_the_settings_stand_in_for_a_document(ask_shop: AskShop) -> None:
    said: dict[str, Any] = {
        "protected": ("GET /api/orders?q=flawless",),
        "login": LoginSettings("POST /api/login"),
        "documented": False,
    }
    verdict = await ask_shop(catalogue()["sql-injectable"], "sql-error", **said)
    assert verdict.outcome is Outcome.FAIL
    assert (await ask_shop(catalogue()["endpoint-unprotected"], "open", **said)).outcome is Outcome.FAIL
    assert (await ask_shop(catalogue()["endpoint-unprotected"], **said)).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("jwt-forgeable", "names no account of the application"),
        ("audit-log-missing", "names no account of the application"),
        ("input-not-validated", "it answers 401: flawless.toml names no account"),
        ("sql-injectable", "was not reached: flawless.toml names no account"),
        ("endpoint-fails", "without a login: flawless.toml names no account"),
    ],
)
async def test_without_an_account_what_is_behind_the_login_is_unknown(check: str, said: str, ask_shop: AskShop) -> None:
    verdict = await ask_shop(catalogue()[check], accounts=())
    assert verdict.outcome is Outcome.UNKNOWN
    lines = [f"{line} {each.remedy}" for each in verdict.findings for line in told(verdict, "unknown")]
    assert any(said in line for line in lines)
    assert any("[[app.accounts]]" in line for line in lines)


async def test_without_the_key_expiry_is_unknown_and_the_rest_is_tried(ask_shop: AskShop) -> None:
    verdict = await ask_shop(catalogue()["jwt-forgeable"], jwt=JwtSettings())
    assert verdict.outcome is Outcome.UNKNOWN
    assert "key_file" in verdict.reason
    assert any("refuses" in line for line in told(verdict, "pass"))


async def test_a_key_that_is_not_the_right_one_proves_nothing(world: World, ask_shop: AskShop) -> None:
    (world.folder / "other").write_text("a key of somebody else, long enough as well")
    verdict = await ask_shop(catalogue()["jwt-forgeable"], "no-expiry", jwt=JwtSettings(key_file="other"))
    assert verdict.outcome is Outcome.UNKNOWN


async def test_nobody_said_who_may_what(ask_shop: AskShop) -> None:
    verdict = await ask_shop(catalogue()["endpoint-unprotected"], restricted=None)
    assert verdict.outcome is Outcome.UNKNOWN
    assert 'restricted = ["GET /api/…"]' in verdict.reason


async def test_operations_to_skip_are_left_alone(world: World) -> None:
    with badapp.serving() as (url, shop):
        await gather(world.target(url, skip=("POST /api/orders",)), [APP_INPUTS])
    assert not any(line.startswith("POST /api/orders") for line in shop.requests)


async def test_a_wrong_password_is_told_without_it(world: World) -> None:
    (world.folder / "admin").write_text("a wrong password of the test")
    with badapp.serving() as (url, _):
        facts = await gather(world.target(url), [APP_TOKENS])
    reading = facts.get(APP_TOKENS, STACK)
    assert isinstance(reading, Unknown)
    assert "POST /api/login answered 401 to the account admin" in reading.reason
    assert "a wrong password" not in str(facts.to_json())


async def test_no_password_key_or_token_is_in_any_fact(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", badapp.PASSWORDS["admin"])
    accounts = (Account("admin", password_env="SHOP_PASSWORD"),)
    keys = [rule.needs[0] for check in ATTACKS for rule in catalogue()[check].rules]
    with badapp.serving("5xx", "sql-error", "no-limit") as (url, shop):
        facts = await gather(world.target(url, accounts=accounts), keys)
        token = shop.token("admin").split(".")[0]
    assert [fact.reading for fact in facts if not isinstance(fact.reading, Known)] == []
    text = str(facts.to_json())
    assert badapp.PASSWORDS["admin"] not in text and badapp.KEY not in text and token not in text
