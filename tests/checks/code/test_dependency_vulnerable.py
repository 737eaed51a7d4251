"""dependency-vulnerable over scans."""

from __future__ import annotations

from flawless.checks.code.dependency_vulnerable import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask

FOUND = {
    "id": "CVE-2026-1",
    "package": "example",
    "version": "1.0",
    "severity": "LOW",
    "fixed": "",
    "origin": {"file": "requirements.lock", "line": 3},
}


def test_each_vulnerability_is_named_with_its_lock_and_its_fix() -> None:
    fixed = {**FOUND, "id": "CVE-2026-2", "severity": "", "fixed": "1.1"}
    verdict = ask(CHECK, Level.FILES, {"advisories": {"stack": {"found": [FOUND, fixed]}}})
    one, other = verdict.findings
    assert verdict.outcome is Outcome.FAIL
    assert (one.message, one.remedy) == ("example 1.0: CVE-2026-1 (low)", "no fixed version of example is known")
    assert (other.message, other.remedy) == ("example 1.0: CVE-2026-2", "update example to 1.1")
    assert str(one.location) == "requirements.lock:3"


def test_a_clean_scan_says_who_was_asked_and_about_how_many() -> None:
    assert ask(CHECK, Level.FILES).reason == "OSV knows nothing against 10 locked packages"


def test_no_package_is_no_pass() -> None:
    assert ask(CHECK, Level.FILES, {"advisories": {"stack": {"packages": 0}}}).outcome is Outcome.NOT_APPLICABLE


def test_no_answer_is_unknown() -> None:
    verdict = ask(CHECK, Level.FILES, {"advisories": {"stack": {"unknown": "no advisory database answers"}}})
    assert (verdict.outcome, verdict.reason) == (Outcome.UNKNOWN, "no advisory database answers")
