"""lockfile-missing over manifests."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.code.lockfile_missing import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("change", "outcome", "said"),
    [
        ({}, Outcome.PASS, "the build keeps to it"),
        ({"pinned": None}, Outcome.PASS, "no Dockerfile installs it"),
        ({"lock_tracked": None}, Outcome.PASS, "locks 0 packages"),
        ({"lock": ""}, Outcome.FAIL, "has no lock"),
        ({"lock_tracked": False}, Outcome.FAIL, "not tracked"),
        ({"stale": "express is not in it"}, Outcome.FAIL, "express is not in it"),
        ({"pinned": False}, Outcome.FAIL, "does not keep to"),
    ],
)
def test_a_manifest_has_a_lock_that_is_used(change: dict[str, Any], outcome: Outcome, said: str) -> None:
    verdict = ask(CHECK, Level.FILES, {"manifests": {"stack": [change]}})
    assert verdict.outcome is outcome
    assert said in verdict.reason
    assert verdict.findings[0].subject == "file:backend/pyproject.toml"


def test_the_line_that_installs_is_named() -> None:
    change = {"pinned": False, "install_origin": {"file": "backend/Dockerfile", "line": 9}}
    verdict = ask(CHECK, Level.FILES, {"manifests": {"stack": [change]}})
    assert str(verdict.findings[0].location) == "backend/Dockerfile:9"


def test_a_stack_without_manifests_does_not_apply() -> None:
    assert ask(CHECK, Level.FILES, {"manifests": {"stack": []}}).outcome is Outcome.NOT_APPLICABLE
