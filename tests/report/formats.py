"""Every format by its name, and reports that hold text from outside wherever a report can."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from flawless.judging.catalogue import catalogue
from flawless.model.check import Finding, Level, Outcome, Severity, Verdict, worst
from flawless.model.fix import Edit, Fix
from flawless.model.report import Cause, ChecklistItem, Decision, ItemState, Report, StackRef
from flawless.model.stack import Origin
from flawless.model.waiver import Acceptance
from flawless.report.as_github import to_github
from flawless.report.as_html import to_html
from flawless.report.as_json import to_json
from flawless.report.as_junit import to_junit
from flawless.report.as_markdown import to_markdown
from flawless.report.as_sarif import to_sarif
from flawless.report.terminal import to_terminal

from .sample import file_check

FORMATS: dict[str, Callable[[Report], str]] = {
    "terminal": lambda report: to_terminal(report, 100, everything=True),
    "json": to_json,
    "html": to_html,
    "sarif": lambda report: to_sarif(report, catalogue(), "deploy"),
    "junit": to_junit,
    "markdown": to_markdown,
    "github": lambda report: to_github(report, "deploy"),
}


def verdict(check: str, *findings: Finding, severity: Severity = Severity.BLOCK) -> Verdict:
    """A verdict of files whose outcome is the worst of its findings."""
    reason = findings[0].message
    return Verdict(
        check, "a title", severity, Level.FILES, worst(findings), (), findings, reason, "RFC 1; https://x.test/a"
    )


def of(*verdicts: Verdict) -> Report:
    """A report of these verdicts, without a checklist."""
    return structs.replace(file_check(), verdicts=verdicts, checklist=(), evidence={})


def hostile(text: str) -> Report:
    """A report that holds the text in every place where text from files, containers or servers may stand."""
    at = Origin(text or "x", 3)
    accepted = Acceptance(text, text, "2030-01-01", at)
    findings = (
        Finding(f"service:{text}", Outcome.FAIL, text, text, at),
        Finding(f"service:{text}", Outcome.WAIVED, text, text, at, accepted=accepted),
    )
    fix = Fix("runs-as-root", f"service:{text}", text, text, (Edit(1, 1, text),))
    return structs.replace(
        of(
            verdict("runs-as-root", *findings),
            verdict("port-published", Finding(text, Outcome.UNKNOWN, text, text)),
            verdict("filesystem-writable", findings[1], severity=Severity.WARN),
        ),
        stack=StackRef(text, "sha256:0", text),
        decision=Decision(False, 1, text, ("runs-as-root",)),
        notes=(text,),
        cause=Cause(text, (text,), text),
        fixes=(fix,),
        checklist=(ChecklistItem("P2.4", text, text, ItemState.FAILED, ("runs-as-root",), text),),
    )
