"""Findings for readers: what is the same of many services is said once, with the services and the places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from flawless.model.check import Finding, Outcome, Severity, Verdict
from flawless.model.report import Report
from flawless.report.text import count

_MOST_NAMES = 5


class Told(Struct, frozen=True):
    """One message and its outcome, the subjects, the places (``file:line``) and the evidence, each once, in order."""

    outcome: Outcome
    message: str
    subjects: tuple[str, ...]
    places: tuple[str, ...]
    evidence: tuple[str, ...]


def telling(verdict: Verdict) -> tuple[Finding, ...]:
    """The findings that made the verdict what it is, those of what is only left out last."""
    found = (finding for finding in verdict.findings if finding.outcome is verdict.outcome)
    return tuple(sorted(found, key=lambda finding: finding.absent is True))


def told(findings: Iterable[Finding]) -> tuple[Told, ...]:
    """The findings by message, in their order."""
    by_message: dict[tuple[Outcome, str], list[Finding]] = {}
    for finding in findings:
        by_message.setdefault((finding.outcome, finding.message), []).append(finding)
    return tuple(_told(outcome, message, same) for (outcome, message), same in by_message.items())


def _told(outcome: Outcome, message: str, findings: list[Finding]) -> Told:
    subjects = dict.fromkeys(name_of(finding.subject) for finding in findings)
    places = dict.fromkeys(str(finding.location) for finding in findings if finding.location)
    evidence = dict.fromkeys(digest for finding in findings for digest in finding.evidence)
    return Told(outcome, message, tuple(subjects), tuple(places), tuple(evidence))


def name_of(subject: str) -> str:
    """A subject as readers call it: a service by its name."""
    return subject.removeprefix("service:")


def remedies(findings: Iterable[Finding]) -> tuple[str, ...]:
    """What to do, each remedy once."""
    return tuple(dict.fromkeys(finding.remedy for finding in findings if finding.remedy))


def subjects(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Of whom the findings speak, each once."""
    return tuple(dict.fromkeys(name_of(finding.subject) for finding in findings))


def listed(names: Iterable[str], most: int = _MOST_NAMES) -> str:
    """``a, b, c``, or ``a, b, c, d, e and 4 more``."""
    every = tuple(names)
    if len(every) <= most + 1:
        return ", ".join(every)
    return f"{', '.join(every[:most])} and {len(every) - most} more"


def where(places: tuple[str, ...]) -> str:
    """The first place and how many more there are; empty for none."""
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return f"{places[0]}{more}" if places else ""


def left_out(verdict: Verdict) -> bool:
    """Whether a failure only says that protections are left out: nothing that is written is wrong."""
    return verdict.outcome is Outcome.FAIL and all(finding.absent is True for finding in telling(verdict))


def mended(report: Report, verdict: Verdict) -> tuple[str, ...]:
    """The subjects for which ``flawless fix`` has a fix of what this verdict found."""
    return tuple(dict.fromkeys(name_of(fix.subject) for fix in report.fixes if fix.check == verdict.check))


def in_order(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The heaviest first, what is only left out last, and then by how many findings each has."""
    weights = tuple(Severity)
    return tuple(sorted(verdicts, key=lambda each: (weights.index(each.severity), left_out(each), -len(telling(each)))))


def same_reason(verdicts: Iterable[Verdict]) -> Iterator[tuple[Verdict, ...]]:
    """Verdicts whose findings say the same of the same subjects together: one missing file blinds many checks."""
    found: dict[tuple[tuple[str, str, str], ...], list[Verdict]] = {}
    for verdict in verdicts:
        key = tuple((each.subject, each.message, each.remedy) for each in telling(verdict))
        found.setdefault(key, []).append(verdict)
    yield from (tuple(group) for group in found.values())


def weighed(verdict: Verdict) -> str:
    """``capabilities-excessive (4 services)``."""
    return f"{verdict.check} ({count(len(subjects(telling(verdict))), 'service')})"
