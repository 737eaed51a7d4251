"""query-macro-without-data over what reaches the build."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.code.query_macro_without_data import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.facts import STACK, known
from flawless.model.keys import SOURCES
from flawless.model.observed_files import Source
from flawless.model.stack import Origin
from flawless.testing.ask import ask

QUERY = Origin("src/db.rs", 12)


@pytest.mark.parametrize(
    ("source", "outcome", "says"),
    [
        ({}, Outcome.NOT_APPLICABLE, "no source"),
        ({"queries": (QUERY,)}, Outcome.FAIL, "src/db.rs:12"),
        ({"queries": (QUERY,), "query_data": ".sqlx/query-1.json"}, Outcome.PASS, "1 checked query, .sqlx"),
        ({"queries": (QUERY, QUERY), "query_data": "DATABASE_URL"}, Outcome.PASS, "2 checked queries"),
        ({"queries": (QUERY,), "at_build": ("SQLX_OFFLINE",)}, Outcome.FAIL, "nothing to read"),
    ],
)
def test_a_checked_query_needs_data_in_the_build(source: dict[str, Any], outcome: Outcome, says: str) -> None:
    value = (Source(dockerfile="Dockerfile", services=("backend",), **source),)
    verdict = ask(CHECK, Level.FILES, facts=[known(SOURCES, STACK, value)])
    assert verdict.outcome is outcome
    assert says in verdict.reason
