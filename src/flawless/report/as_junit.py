"""The report as JUnit XML, for the test pages of build servers: one suite for each level, one case for each check.

The form is that of the Ant task as Jenkins reads it:
https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree

from flawless.model.check import Level, Outcome, Verdict
from flawless.model.report import Report
from flawless.report import _words as words
from flawless.report._told import listed, remedies, telling, told
from flawless.report.text import one_line, plain

FORMAT = "junit"
_KIND = {
    Outcome.FAIL: "failure",
    Outcome.ERROR: "error",
    Outcome.UNKNOWN: "error",
    Outcome.WAIVED: "skipped",
    Outcome.NOT_APPLICABLE: "skipped",
}
# Characters that XML 1.0 has no way to write (section 2.2).
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: Report) -> str:
    """The XML document. What could not be told is an error, what is waived or does not apply is skipped."""
    root = ElementTree.Element("testsuites", _numbers(report.verdicts), name=_attribute(report.stack.name))
    root.set("time", f"{report.seconds:.3f}")
    for level in Level:
        mine = [verdict for verdict in report.verdicts if verdict.level is level]
        if mine:
            _suite(root, report, level, mine)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _numbers(verdicts: Iterable[Verdict]) -> dict[str, str]:
    kinds = [_KIND.get(verdict.outcome, "") for verdict in verdicts]
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {"tests": str(len(kinds)), **{name: str(kinds.count(kind)) for name, kind in counted.items()}}


def _suite(root: ElementTree.Element, report: Report, level: Level, verdicts: list[Verdict]) -> None:
    suite = ElementTree.SubElement(root, "testsuite", _numbers(verdicts), name=f"flawless.{level}")
    suite.set("time", "0")
    suite.set("timestamp", report.started.removesuffix("Z"))
    for verdict in verdicts:
        _case(suite, verdict)
    ElementTree.SubElement(suite, "system-out").text = _text(f"{words.headline(report)}: {report.decision.reason}")


def _case(suite: ElementTree.Element, verdict: Verdict) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=suite.get("name", ""),
        name=_attribute(f"{verdict.check}: {verdict.title}"),
        time="0",
    )
    kind = _KIND.get(verdict.outcome)
    if kind:
        outcome = ElementTree.SubElement(case, kind, message=_attribute(_message(verdict)))
        if kind != "skipped":
            outcome.set("type", str(verdict.severity))
            outcome.text = _text(_body(verdict))


def _message(verdict: Verdict) -> str:
    if verdict.outcome in (Outcome.ERROR, Outcome.UNKNOWN, Outcome.WAIVED):
        return f"{words.OUTCOME_WORD[verdict.outcome]}: {verdict.reason}"
    return verdict.reason


def _body(verdict: Verdict) -> str:
    """A line for each message with its subjects and places, then what to do and where to read about it."""
    found = telling(verdict)
    lines = [f"{listed(each.subjects, 1_000)}: {each.message} {' '.join(each.places)}".rstrip() for each in told(found)]
    lines += [f"do: {remedy}" for remedy in remedies(found)]
    lines += [f"see: {verdict.reference}"] if verdict.reference else []
    return "\n".join(one_line(line) for line in lines)


def _attribute(text: str) -> str:
    return _NOT_XML.sub("", one_line(text))


def _text(text: str) -> str:
    return _NOT_XML.sub("", plain(text))
