"""From verdicts and texts to fixes, and to what is left alone with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from msgspec import Struct

from flawless.discover import constants_in
from flawless.mending.case import Case, Fixer, LeftAloneError
from flawless.model.check import Finding, Level, Outcome, Verdict, View
from flawless.model.facts import STACK, Facts, Known, service_subject
from flawless.model.fix import Fix
from flawless.model.stack import Service, Stack

PACKAGE = "flawless.mending.fixers"


class Left(Struct, frozen=True):
    """A finding that is left alone: a fixer knows its kind, and would not be safe here."""

    check: str
    subject: str
    reason: str


@cache
def fixers() -> tuple[Fixer, ...]:
    """Every fixer, in the order of their files."""
    return tuple(fixer for _, fixer in constants_in(PACKAGE, "FIXER", Fixer))


def failing(verdicts: Iterable[Verdict]) -> Iterator[tuple[Fixer, tuple[Finding, ...]]]:
    """Each fixer that has work, with the failures of its check that files show."""
    failed = {verdict.check: verdict for verdict in verdicts if verdict.outcome is Outcome.FAIL}
    for fixer in fixers() if failed else ():
        verdict = failed.get(fixer.check)
        if verdict and verdict.level is Level.FILES:
            yield fixer, tuple(finding for finding in verdict.findings if finding.outcome is Outcome.FAIL)


def mend(
    stack: Stack, facts: Facts, verdicts: Iterable[Verdict], texts: Mapping[str, str]
) -> tuple[tuple[Fix, ...], tuple[Left, ...]]:
    """A fix or a reason for each service and check; ``texts`` are the files of the stack by name."""
    values: dict[str, dict[tuple[str, str], Any]] = {}
    for fact in facts:
        if isinstance(fact.reading, Known):
            values.setdefault(fact.subject, {})[fact.key, fact.subject] = fact.reading.value
    fixes: list[Fix] = []
    left: list[Left] = []
    for fixer, findings in failing(verdicts):
        for service, its in _by_service(stack, findings):
            case = Case(fixer.check, View(stack, service, _seen(values, service)), its, texts)
            try:
                fixes.append(fixer.mend(case))
            except LeftAloneError as error:
                left.append(Left(fixer.check, case.view.subject, str(error)))
    return tuple(fixes), tuple(left)


def _by_service(stack: Stack, findings: tuple[Finding, ...]) -> Iterator[tuple[Service, tuple[Finding, ...]]]:
    by_subject: dict[str, list[Finding]] = {}
    for finding in findings:
        by_subject.setdefault(finding.subject, []).append(finding)
    for service in stack.services:
        if its := by_subject.get(service_subject(service.name)):
            yield service, tuple(its)


def _seen(values: Mapping[str, Mapping[tuple[str, str], Any]], service: Service) -> dict[tuple[str, str], Any]:
    return {**values.get(STACK, {}), **values.get(service_subject(service.name), {})}
