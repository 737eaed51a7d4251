"""The report as SARIF 2.1.0, for code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. What could not be told is a result of kind ``open``,
whose level is ``none`` as section 3.27.10 demands. Readers hide that level, and what is unknown must not look as if it
had passed: every check that could not tell is a notification of the run besides.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from flawless.model.check import Check, Finding, Outcome, Severity, Verdict
from flawless.model.fix import Edit, Fix
from flawless.model.report import Report
from flawless.model.stack import Origin
from flawless.model.waiver import Acceptance
from flawless.report import _sarif as sarif
from flawless.report._json import json_text
from flawless.report._told import name_of
from flawless.report.text import one_line, path_from, plain

FORMAT = "sarif"
FINGERPRINT = "flawless/v1"
_LEVEL = {Severity.BLOCK: "error", Severity.WARN: "warning", Severity.INFO: "note"}
_OPEN = frozenset({Outcome.UNKNOWN, Outcome.ERROR})
_TOLD = frozenset({Outcome.FAIL, Outcome.WAIVED, *_OPEN})
_SAFE = frozenset((string.ascii_letters + string.digits + "-._~/").encode())
_ROOT = "%SRCROOT%"
_URL = re.compile(r"https://[^\s;]+")


def to_sarif(report: Report, checks: Mapping[str, Check], folder: str = "") -> str:
    """The log as indented JSON. ``checks`` is the catalogue, for the rules' help.

    ``folder`` is where the stack lies, relative to the root of the repository; locations name files from there.
    """
    results, rules = list(_results(report, folder)), [_rule(verdict, checks) for verdict in report.verdicts]
    run = sarif.Run(
        tool=sarif.Tool(sarif.Driver(report.tool.name, report.tool.version, report.tool.version, tuple(rules))),
        results=tuple(results),
        invocations=(_invocation(report),),
        automation_details=sarif.AutomationDetails(f"flawless/{one_line(report.stack.name)}/{one_line(report.phase)}/"),
    )
    return json_text(sarif.Log((run,)), indent=1)


def _invocation(report: Report) -> sarif.Invocation:
    notes = tuple(_notification(verdict) for verdict in report.verdicts if verdict.outcome in _OPEN)
    return sarif.Invocation(True, report.decision.exit_code, one_line(report.decision.reason), notes)


def _notification(verdict: Verdict) -> sarif.Notification:
    said = sarif.Message(f"{verdict.check} could not tell: {one_line(verdict.reason)}")
    level = "warning" if verdict.severity is Severity.BLOCK else "note"
    return sarif.Notification(said, level, sarif.RuleReference(verdict.check))


def _rule(verdict: Verdict, checks: Mapping[str, Check]) -> sarif.Rule:
    check = checks.get(verdict.check)
    doc = plain(check.doc.strip()) if check else verdict.title
    text = f"{doc}\n\nReference: {check.reference}" if check and check.reference else doc
    url = _URL.search(verdict.reference)
    return sarif.Rule(
        id=verdict.check,
        short_description=sarif.Message(one_line(verdict.title)),
        full_description=sarif.Message(one_line(doc.partition("\n\n")[0])),
        help=sarif.Help(text, text),
        default_configuration=sarif.Configuration(_LEVEL[verdict.severity]),
        properties=sarif.Tags((str(verdict.severity), str(verdict.level), *verdict.checklist)),
        help_uri=url[0] if url else msgspec.UNSET,
    )


def _results(report: Report, folder: str) -> Iterator[sarif.Result]:
    seen: Counter[str] = Counter()
    for verdict in report.verdicts:
        for finding in verdict.findings:
            if finding.outcome in _TOLD:
                identity = _identity(verdict, finding)
                seen[identity] += 1
                digest = hashlib.sha256(f"{identity}\0{seen[identity]}".encode("utf-8", "replace")).hexdigest()
                fixes = tuple(_fix(fix, folder) for fix in report.fixes if _mends(fix, verdict, finding))
                yield _result(verdict, finding, digest, fixes, folder)


def _identity(verdict: Verdict, finding: Finding) -> str:
    """What stays the same when lines move: the check, the subject, and the file."""
    return "\0".join((verdict.check, finding.subject, finding.location.file if finding.location else ""))


def _result(verdict: Verdict, finding: Finding, digest: str, fixes: tuple[sarif.Fix, ...], folder: str) -> sarif.Result:
    undecided = finding.outcome in _OPEN
    accepted = finding.accepted
    return sarif.Result(
        rule_id=verdict.check,
        kind="open" if undecided else "fail",
        level="none" if undecided else _LEVEL[verdict.severity],
        message=sarif.Message(_message(finding)),
        locations=(_location(finding, folder),),
        partial_fingerprints={FINGERPRINT: digest},
        suppressions=(_suppression(accepted),) if isinstance(accepted, Acceptance) else msgspec.UNSET,
        fixes=fixes or msgspec.UNSET,
    )


def _message(finding: Finding) -> str:
    remedy = f" Do: {finding.remedy}" if finding.remedy and finding.outcome is not Outcome.WAIVED else ""
    return one_line(f"{name_of(finding.subject)}: {finding.message}.{remedy}")


def _suppression(accepted: Acceptance) -> sarif.Suppression:
    """A waiver in a comment stands in the source; one in flawless.toml does not."""
    kind = "inSource" if accepted.origin.line else "external"
    owner = f" ({accepted.owner})" if accepted.owner else ""
    until = f", until {accepted.until}" if accepted.until else ""
    return sarif.Suppression(kind, one_line(f"{accepted.reason}{owner}{until}"))


def _location(finding: Finding, folder: str) -> sarif.Location:
    logical = (sarif.LogicalLocation(one_line(name_of(finding.subject)), one_line(finding.subject)),)
    if finding.location is None:
        return sarif.Location(logical)
    line = finding.location.line
    region = sarif.Region(line) if line else msgspec.UNSET
    return sarif.Location(logical, sarif.PhysicalLocation(_artifact(finding.location, folder), region))


def _artifact(at: Origin, folder: str) -> sarif.Artifact:
    path = path_from(folder, one_line(at.file))
    if path.startswith("/"):
        return sarif.Artifact(f"file://{_quoted(path)}")
    return sarif.Artifact(_quoted(path), _ROOT)


def _quoted(path: str) -> str:
    """A path as part of a URL (RFC 3986, section 2.1)."""
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in path.encode("utf-8", "replace"))


def _mends(fix: Fix, verdict: Verdict, finding: Finding) -> bool:
    return (fix.check, fix.subject) == (verdict.check, finding.subject) and finding.outcome is Outcome.FAIL


def _fix(fix: Fix, folder: str) -> sarif.Fix:
    change = sarif.ArtifactChange(_artifact(Origin(fix.file), folder), tuple(_replacements(fix.edits)))
    return sarif.Fix(sarif.Message(one_line(fix.what)), (change,))


def _replacements(edits: Iterable[Edit]) -> Iterator[sarif.Replacement]:
    for edit in edits:
        region = sarif.Region(edit.line, edit.column, edit.line, edit.column + edit.removed)
        yield sarif.Replacement(region, sarif.Content(edit.text))
