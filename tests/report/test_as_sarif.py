"""SARIF 2.1.0, against the official schema."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from msgspec import structs

from flawless.judging.catalogue import catalogue
from flawless.model.check import Finding, Outcome, Severity
from flawless.model.fix import Edit, Fix
from flawless.model.report import Report
from flawless.model.stack import Origin
from flawless.model.waiver import Acceptance
from flawless.report.as_sarif import FINGERPRINT, to_sarif

from .formats import hostile, of, verdict
from .sample import failed_deploy, file_check, good_deploy

FILE = Path(__file__).parent / "sarif" / "sarif-2.1.0-rtm.5.json"
BROKEN, MENDED = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}$"
SCHEMA = jsonschema_rs.Draft4Validator(json.loads(FILE.read_text().replace(BROKEN, MENDED)), validate_formats=True)
HERE = Origin("app/Docker file", 3)
STACK = Path(__file__).parents[2] / "stack"


def run_of(report: Report, folder: str = "") -> dict[str, Any]:
    log = json.loads(to_sarif(report, catalogue(), folder))
    assert [error.message for error in SCHEMA.iter_errors(log)] == []
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def results(*findings: Finding, severity: Severity = Severity.BLOCK, folder: str = "") -> list[dict[str, Any]]:
    found = run_of(of(verdict("runs-as-root", *findings, severity=severity)), folder)["results"]
    assert isinstance(found, list)
    return found


def fail(message: str = "is root", at: Origin | None = HERE, subject: str = "service:app") -> Finding:
    return Finding(subject, Outcome.FAIL, message, "add USER", at)


@pytest.mark.parametrize("make", [failed_deploy, good_deploy, file_check, lambda: hostile("<a>\x1b[2J")])
def test_every_report_is_valid(make: Callable[[], Report]) -> None:
    assert run_of(make())["tool"]["driver"]["name"] == "flawless"


def test_the_schema_would_notice() -> None:
    assert not SCHEMA.is_valid({"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]})


@pytest.mark.parametrize(
    ("outcome", "severity", "kind", "level"),
    [
        (Outcome.FAIL, Severity.BLOCK, "fail", "error"),
        (Outcome.FAIL, Severity.WARN, "fail", "warning"),
        (Outcome.FAIL, Severity.INFO, "fail", "note"),
        (Outcome.UNKNOWN, Severity.BLOCK, "open", "none"),
        (Outcome.ERROR, Severity.WARN, "open", "none"),
    ],
)
def test_the_level_is_that_of_the_severity_and_unknown_is_open(
    outcome: Outcome, severity: Severity, kind: str, level: str
) -> None:
    (result,) = results(Finding("stack", outcome, "m"), severity=severity)
    assert (result["kind"], result["level"]) == (kind, level)


def test_what_passed_or_does_not_apply_is_no_result() -> None:
    assert results(Finding("stack", Outcome.PASS, "m"), Finding("stack", Outcome.NOT_APPLICABLE, "m")) == []


@pytest.mark.parametrize(("severity", "level"), [(Severity.BLOCK, "warning"), (Severity.INFO, "note")])
def test_a_check_that_could_not_tell_is_a_notification_too(severity: Severity, level: str) -> None:
    blind = verdict("runs-as-root", Finding("stack", Outcome.UNKNOWN, "no engine"), severity=severity)
    (note,) = run_of(of(blind))["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "runs-as-root could not tell: no engine"
    assert (note["level"], note["associatedRule"]["id"]) == (level, "runs-as-root")


def test_a_level_other_than_none_is_given_to_failures_only() -> None:
    """Section 3.27.10 of the standard, which its schema cannot say."""
    for report in (failed_deploy(), good_deploy(), file_check()):
        assert all(each["kind"] == "fail" or each["level"] == "none" for each in run_of(report)["results"])


def test_the_whole_check_of_the_reference_stack_is_valid(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns(".flawless", "node_modules", "secrets", ".venv")
    shutil.copytree(STACK, tmp_path / "stack", ignore=ignored)
    argv = (sys.executable, "-m", "flawless", "check", "stack", "--format", "sarif", "--output", "out.sarif")
    subprocess.run(argv, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    log = json.loads((tmp_path / "out.sarif").read_text())
    assert [error.message for error in SCHEMA.iter_errors(log)] == []
    assert len(log["runs"][0]["tool"]["driver"]["rules"]) > 50


def test_a_result_names_file_line_and_service() -> None:
    (result,) = results(fail(), folder="deploy")
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "deploy/app/Docker%20file"
    assert location["physicalLocation"]["region"]["startLine"] == 3
    assert location["logicalLocations"][0]["name"] == "app"


def test_fingerprints_stay_when_lines_and_folder_change_and_differ_between_findings() -> None:
    def prints(findings: list[Finding], folder: str = "") -> list[str]:
        return [result["partialFingerprints"][FINGERPRINT] for result in results(*findings, folder=folder)]

    now = [fail(), fail("too"), fail(subject="service:other"), fail(at=Origin("compose.yaml", 3))]
    moved = [structs.replace(each, location=structs.replace(each.location or HERE, line=99)) for each in now]
    assert prints(now) == prints(moved, "deploy")
    assert len(set(prints(now))) == 4


def test_a_rule_has_the_page_of_its_check() -> None:
    run = run_of(of(verdict("runs-as-root", fail())))
    (rule,) = run["tool"]["driver"]["rules"]
    assert "## Bad" in rule["help"]["markdown"]
    assert rule["helpUri"] == "https://x.test/a"
    assert "block" in rule["properties"]["tags"]


@pytest.mark.parametrize(("line", "kind"), [(7, "inSource"), (0, "external")])
def test_a_waiver_is_a_suppression_with_its_reason(line: int, kind: str) -> None:
    accepted = Acceptance("it has to", "ops", "2030-01-01", Origin("compose.yaml", line))
    (result,) = results(structs.replace(fail(), outcome=Outcome.WAIVED, accepted=accepted))
    (suppression,) = result["suppressions"]
    assert (suppression["kind"], suppression["status"]) == (kind, "accepted")
    assert suppression["justification"] == "it has to (ops), until 2030-01-01"


def test_a_fix_is_given_with_the_text_to_put_in() -> None:
    fix = Fix("runs-as-root", "service:app", "compose.yaml", "a user", (Edit(4, 12, "\n    user: '1'", 2),))
    report = structs.replace(of(verdict("runs-as-root", fail(), fail(subject="service:other"))), fixes=(fix,))
    mended, other = run_of(report)["results"]
    (replacement,) = mended["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement["deletedRegion"] == {"startLine": 4, "startColumn": 12, "endLine": 4, "endColumn": 14}
    assert replacement["insertedContent"]["text"] == "\n    user: '1'"
    assert "fixes" not in other
