"""Walking the subjects of each rule: the only place where unknown, error and not-applicable are decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import structs

from flawless.judging.select import Chosen
from flawless.model.check import Check, Finding, Outcome, Rule, Verdict, View, worst
from flawless.model.facts import STACK, Evidence, FactKey, Facts, Known, Scope, Unknown, service_subject
from flawless.model.stack import Service, Stack

_Read = tuple[FactKey[Any], str, Known[Any] | Unknown | None]


def run(chosen: Iterable[Chosen], stack: Stack, facts: Facts) -> tuple[Verdict, ...]:
    """One verdict for each chosen check."""
    return tuple(_verdict(check, rule, stack, facts) for check, rule in chosen)


def _verdict(check: Check, rule: Rule, stack: Stack, facts: Facts) -> Verdict:
    findings = tuple(_with_remedy(check, finding) for finding in _findings(rule, stack, facts))
    outcome = worst(findings)
    leading = next((finding for finding in findings if finding.outcome is outcome), None)
    return Verdict(
        check=check.id,
        title=check.title,
        severity=check.severity,
        level=rule.level,
        outcome=outcome,
        checklist=check.items,
        findings=findings,
        reason=leading.message if leading else "the check said nothing",
        reference=check.reference,
    )


def _with_remedy(check: Check, finding: Finding) -> Finding:
    if finding.outcome is Outcome.FAIL and not finding.remedy:
        return structs.replace(finding, remedy=check.remedy)
    return finding


def _findings(rule: Rule, stack: Stack, facts: Facts) -> Iterator[Finding]:
    if rule.scope is Scope.STACK:
        yield from _ask(rule, stack, None, facts, {})
        return
    builders = _builders(stack) if rule.built else {}
    services = [service for service in stack.services if not rule.roles or service.role in rule.roles]
    for service in services:
        yield from _ask(rule, stack, service, facts, builders)
    if not services:
        wanted = " or ".join(rule.roles) or "service"
        yield Finding(STACK, Outcome.NOT_APPLICABLE, f"the stack has no {wanted}")


def _ask(
    rule: Rule, stack: Stack, service: Service | None, facts: Facts, builders: Mapping[str, Service]
) -> Iterator[Finding]:
    values: dict[tuple[str, str], Any] = {}
    evidence: list[str] = []
    missing: list[Finding] = []
    for key, subject, reading in _needed(rule, service, stack, facts, builders):
        if isinstance(reading, Known):
            values[key.name, subject] = reading.value
            evidence.extend(item.digest for item in reading.evidence)
        else:
            missing.append(_unknown(key, subject, reading))
    yield from missing
    if missing and (service is not None or not values or _blind(rule, missing)):
        return
    view = View(stack, service, values)
    for finding in _answers(rule, view):
        yield (finding if finding.evidence else structs.replace(finding, evidence=tuple(dict.fromkeys(evidence))))


def _needed(
    rule: Rule, service: Service | None, stack: Stack, facts: Facts, builders: Mapping[str, Service]
) -> Iterator[_Read]:
    """Each reading that the rule needs, and the subject under which it is handed to the rule."""
    for key in rule.needs:
        for subject, reading in _readings(key, service, stack, facts):
            yield key, subject, reading
    builder = service if service and service.build else builders.get(service.image) if service else None
    if service and builder:
        for key in rule.built:
            yield key, service_subject(service.name), facts.get(key, service_subject(builder.name))


def _builders(stack: Stack) -> dict[str, Service]:
    """The service whose build makes an image, by the image's name: the first one where several do."""
    return {each.image: each for each in reversed(stack.services) if each.build and each.image}


def _blind(rule: Rule, missing: list[Finding]) -> bool:
    """A stack rule still judges the services it knows, but never without a fact of the stack itself."""
    return any(finding.subject == STACK for finding in missing)


def _readings(
    key: FactKey[Any], service: Service | None, stack: Stack, facts: Facts
) -> list[tuple[str, Known[Any] | Unknown | None]]:
    if key.scope is Scope.STACK:
        return [(STACK, facts.get(key, STACK))]
    if service is not None:
        subject = service_subject(service.name)
        return [(subject, facts.get(key, subject))]
    found: list[tuple[str, Known[Any] | Unknown | None]] = list(facts.of(key).items())
    return found or [(STACK, None)]


def _unknown(key: FactKey[Any], subject: str, reading: Unknown | None) -> Finding:
    if reading is None:
        return Finding(subject, Outcome.UNKNOWN, f"nobody looked: {key.name} was not gathered")
    digests = tuple(item.digest for item in reading.evidence)
    return Finding(subject, Outcome.UNKNOWN, reading.reason, reading.remedy, None, digests)


def _answers(rule: Rule, view: View) -> tuple[Finding, ...]:
    try:
        findings = tuple(rule.judge(view))
    except Exception as error:
        # A check that crashes must show as an error of its own and must not cost the others their verdicts.
        return (Finding(view.subject, Outcome.ERROR, f"the check crashed: {type(error).__name__}: {error}"),)
    return findings or (Finding(view.subject, Outcome.ERROR, "the check said nothing"),)


def evidence_of(facts: Facts) -> dict[str, Evidence]:
    """All evidence of the facts by digest, for the report."""
    return {item.digest: item for fact in facts for item in fact.reading.evidence}
