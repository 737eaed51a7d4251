"""env-name-drift over pairs of names, and over who may read them after all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from flawless.checks.secrets._names import alike
from flawless.checks.secrets.env_name_drift import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask
from tests.checks.secrets._programs import given, program, reads, untold


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("CORS_ORIGIN", "CORS_ORIGINS", True),
        ("ALLOWED_HOSTS", "HOSTS_ALLOWED", True),
        ("BCRYPT_COST", "BCRYPT_ROUNDS", True),
        ("REDIS_URI", "REDIS_URL", True),
        ("DATABSE_URL", "DATABASE_URL", True),
        ("BACKEND_PORT", "PORT", True),
        ("APP_DATABASE_URL", "DATABASE_URL", True),
        ("SEARCH_HOST", "SEARCH_PORT", False),
        ("POOL_MIN", "POOL_MAX", False),
        ("SHARD_1", "SHARD_2", False),
        ("DB_HOST", "DB_PORT", False),
        ("JWT_SECRET", "APP_NAME", False),
        ("SMTP_USER", "SMTP_FROM", False),
        ("KEY", "KEX", False),
    ],
)
def test_names_are_alike_as_people_mistake_them(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same


NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,30}", fullmatch=True)


@all_of(NAMES, NAMES)
def test_likeness_goes_both_ways_and_no_name_is_like_itself(one: str, other: str) -> None:
    assert alike(one, other) is alike(other, one)
    assert not alike(one, one)


@pytest.mark.parametrize(
    ("names", "source", "outcome"),
    [
        (("CORS_ORIGIN",), {"default": True}, Outcome.FAIL),
        (("CORS_ORIGIN",), {"required": True}, Outcome.FAIL),
        (("CORS_ORIGIN", "CORS_ORIGINS"), {}, Outcome.PASS),
        (("CORS_ORIGIN", "CORS_ORIGINS_FILE"), {}, Outcome.PASS),
        (("CORS_ORIGIN",), {"baked": True}, Outcome.PASS),
        (("OTHER",), {}, Outcome.PASS),
        ((), {}, Outcome.PASS),
    ],
)
def test_a_name_that_is_given_must_not_be_nearly_one_that_is_read(
    names: tuple[str, ...], source: dict[str, bool], outcome: Outcome
) -> None:
    facts = program(reads("CORS_ORIGINS", **source))
    verdict = ask(CHECK, Level.FILES, stack=given(*names, "LOG"), facts=facts)
    assert verdict.outcome is outcome
    if outcome is Outcome.FAIL:
        (finding,) = verdict.findings
        assert finding.subject == "variable:CORS_ORIGIN"
        assert finding.remedy == "rename it to CORS_ORIGINS"


@pytest.mark.parametrize(
    "source",
    [
        {"mentioned": ("CORS_ORIGIN",)},
        {"untold": (untold(),)},
        {"untold": (untold("CORS_"),)},
        {"shipped": ("CORS_ORIGINS",)},
    ],
)
def test_what_may_be_read_after_all_is_no_drift(source: dict[str, Any]) -> None:
    facts = program(reads("CORS_ORIGINS"), **source)
    assert ask(CHECK, Level.FILES, stack=given("CORS_ORIGIN"), facts=facts).outcome is Outcome.PASS


def test_without_source_there_is_nothing_to_compare() -> None:
    assert ask(CHECK, Level.FILES, stack=given("CORS_ORIGIN"), facts=program()).outcome is Outcome.NOT_APPLICABLE
