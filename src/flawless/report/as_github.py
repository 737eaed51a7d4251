"""The report as workflow commands, which GitHub shows as annotations beside the lines of a change.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flawless.model.check import Finding, Outcome, Severity, Verdict
from flawless.model.report import Report
from flawless.report import _words as words
from flawless.report._told import in_order, name_of, telling
from flawless.report.text import one_line, path_from

FORMAT = "github"
_SHOWN = frozenset({Outcome.FAIL, Outcome.ERROR, Outcome.UNKNOWN})
_COMMAND = {Severity.BLOCK: "error", Severity.WARN: "warning", Severity.INFO: "notice"}


def to_github(report: Report, folder: str = "") -> str:
    """One annotation for each check, message and place, the heaviest first, and the verdict as an ordinary line.

    ``folder`` is where the stack lies, relative to the repository; annotations name files from there.
    """
    verdicts = in_order(verdict for verdict in report.verdicts if verdict.outcome in _SHOWN)
    lines = [_annotation(*group, folder) for verdict in verdicts for group in _groups(verdict)]
    end = f"flawless: {words.headline(report)}: {_harmless(report.decision.reason)}; {words.counted_checks(report)}"
    return "\n".join([*lines, end]) + "\n"


_Group = tuple[Verdict, tuple[Finding, ...]]


def _groups(verdict: Verdict) -> Iterator[_Group]:
    """The findings of a verdict that say the same of the same line: one annotation, not one for each service."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in telling(verdict):
        found.setdefault((finding.message, str(finding.location or finding.subject)), []).append(finding)
    yield from ((verdict, tuple(group)) for group in found.values())


def _annotation(verdict: Verdict, findings: tuple[Finding, ...], folder: str) -> str:
    first = findings[0]
    undecided = "" if verdict.outcome is Outcome.FAIL else f" ({words.OUTCOME_WORD[verdict.outcome]})"
    properties = {"title": f"{verdict.check}: {verdict.title}{undecided}"}
    if first.location:
        properties = {"file": path_from(folder, first.location.file), **_line(first), **properties}
    named = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{_COMMAND[verdict.severity]} {named}::{_data(_text(findings))}"


def _line(finding: Finding) -> dict[str, str]:
    return {"line": str(finding.location.line)} if finding.location and finding.location.line else {}


def _text(findings: Iterable[Finding]) -> str:
    every = tuple(findings)
    who = ", ".join(dict.fromkeys(name_of(finding.subject) for finding in every))
    remedy = next((finding.remedy for finding in every if finding.remedy), "")
    return f"{one_line(who)}: {one_line(every[0].message)}" + (f"\ndo: {one_line(remedy)}" if remedy else "")


def _harmless(text: str) -> str:
    """The text in one line, without the runner's older form of a command, which works in the middle of a line too."""
    return one_line(text).replace("##[", "## [")


def _data(text: str) -> str:
    return text.replace("##[", "## [").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
