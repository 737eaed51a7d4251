"""database-unreachable over tables of facts."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from flawless.checks.network.cache_unreachable import CHECK as CACHE_CHECK
from flawless.checks.network.database_unreachable import CHECK
from flawless.model.check import Finding, Level, Outcome
from flawless.model.stack import Service
from flawless.testing import samples
from flawless.testing.ask import ask


def _of(findings: tuple[Finding, ...], service: str) -> Finding:
    return next(finding for finding in findings if finding.subject == f"service:{service}")


@pytest.mark.parametrize(
    ("stage", "outcome", "hint"),
    [
        ("done", Outcome.PASS, ""),
        ("resolve", Outcome.FAIL, "name the service"),
        ("connect", Outcome.FAIL, "listens"),
        ("login", Outcome.FAIL, "keeps the first password"),
        ("query", Outcome.FAIL, "rights"),
    ],
)
def test_a_login_must_go_all_the_way_and_each_stage_has_its_remedy(stage: str, outcome: Outcome, hint: str) -> None:
    verdict = ask(CHECK, Level.LIVE, {"database-logins": {"service:backend": [{"stage": stage}]}})
    assert verdict.outcome is outcome
    assert hint in _of(verdict.findings, "backend").remedy


def test_services_without_a_database_url_are_not_asked() -> None:
    found = _of(ask(CHECK, Level.LIVE).findings, "frontend")
    assert found.outcome is Outcome.NOT_APPLICABLE


def test_a_url_that_nobody_tried_is_unknown_and_not_a_pass() -> None:
    verdict = ask(CHECK, Level.LIVE, {"database-logins": {"service:backend": []}})
    assert _of(verdict.findings, "backend").outcome is Outcome.UNKNOWN


def _without_urls() -> tuple[Service, ...]:
    return tuple(structs.replace(service, env=()) for service in samples.healthy_services())


@pytest.mark.parametrize(
    ("check", "key", "service"),
    [(CHECK, "database-logins", "postgres"), (CACHE_CHECK, "cache-logins", "redis")],
)
def test_a_store_that_no_service_names_is_unknown(check: Any, key: str, service: str) -> None:
    verdict = ask(check, Level.LIVE, stack=samples.stack(*_without_urls()))
    assert _of(verdict.findings, service).outcome is Outcome.UNKNOWN
    assert _of(verdict.findings, "backend").outcome is Outcome.NOT_APPLICABLE


def test_an_unseen_login_is_unknown() -> None:
    verdict = ask(CHECK, Level.LIVE, {"database-logins": {"service:backend": {"unknown": "the relay did not start"}}})
    assert verdict.outcome is Outcome.UNKNOWN
