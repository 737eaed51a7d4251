"""foreign-container-holds-name over names."""

from __future__ import annotations

from flawless.checks.runtime.foreign_container_holds_name import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask


def test_each_held_name_is_a_failure_of_its_service_with_its_own_remedy() -> None:
    held = [{"name": "sample-backend-1", "owner": "other"}, {"name": "db", "service": "postgres", "owner": ""}]
    verdict = ask(CHECK, Level.LIVE, {"foreign": {"stack": held}})
    assert verdict.outcome is Outcome.FAIL
    assert [finding.subject for finding in verdict.findings] == ["service:backend", "service:postgres"]
    assert "the project other" in verdict.findings[0].message
    assert "docker inspect db" in verdict.findings[1].remedy


def test_no_held_name_passes_and_an_unseen_engine_is_unknown() -> None:
    assert ask(CHECK, Level.LIVE, {"foreign": {"stack": []}}).outcome is Outcome.PASS
    assert ask(CHECK, Level.LIVE, {"foreign": {"stack": {"unknown": "no engine"}}}).outcome is Outcome.UNKNOWN
