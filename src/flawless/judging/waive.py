"""Waivers: accepted findings, each with a reason; stale, expired and mistaken ones are findings themselves.

A waiver stands in flawless.toml and covers a check and a subject, or in a comment and covers the line it stands on or
directly above. What runs has no lines: there a comment covers the services whose line it speaks of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from msgspec import structs

from flawless.model.check import Finding, Level, Outcome, Severity, Verdict, worst
from flawless.model.facts import STACK
from flawless.model.settings import Waiver
from flawless.model.stack import Origin
from flawless.model.waiver import Acceptance, InlineWaiver

CONFIG = "flawless.toml"
EXPIRED, UNUSED, INVALID = "waiver-expired", "waiver-unused", "waiver-invalid"
_TITLES = {EXPIRED: "a waiver has ended", UNUSED: "a waiver covers nothing", INVALID: "a waiver is mistaken"}
_WAIVABLE = frozenset({Outcome.FAIL, Outcome.UNKNOWN})
_Any = Waiver | InlineWaiver


def waive(
    verdicts: Iterable[Verdict],
    waivers: Iterable[Waiver],
    today: date,
    inline: Iterable[InlineWaiver] = (),
    known: Collection[str] = (),
) -> tuple[Verdict, ...]:
    """The verdicts with waived findings marked, and a warning verdict for each unused, expired or mistaken waiver.

    ``known`` are the ids of all checks; without them ids are not looked at.
    """
    comments = [_with_problem(waiver, known) for waiver in inline]
    sound: list[_Any] = [*waivers, *(waiver for waiver in comments if not waiver.problem)]
    alive = [waiver for waiver in sound if not _expired(waiver, today)]
    before = tuple(verdicts)
    after = tuple(_apply(verdict, alive) for verdict in before)
    mistaken = [(INVALID, _complaint(INVALID, waiver, waiver.problem)) for waiver in comments if waiver.problem]
    return (*after, *_verdicts([*_complaints(sound, before, today), *mistaken]))


def _with_problem(waiver: InlineWaiver, known: Collection[str]) -> InlineWaiver:
    if waiver.problem or not known or waiver.check in known:
        return waiver
    return structs.replace(waiver, problem="names no check; flawless checks lists them all")


def _expired(waiver: _Any, today: date) -> bool:
    return bool(waiver.until) and date.fromisoformat(waiver.until) < today


def _covers(waiver: _Any, verdict: Verdict, finding: Finding) -> bool:
    if waiver.check != verdict.check or finding.outcome not in _WAIVABLE:
        return False
    if isinstance(waiver, Waiver):
        return waiver.subject in ("", finding.subject)
    at = finding.location
    on_line = at is not None and at.file == waiver.origin.file and at.line in (waiver.line, waiver.origin.line)
    return on_line or (verdict.level is not Level.FILES and finding.subject in waiver.subjects)


def _apply(verdict: Verdict, waivers: list[_Any]) -> Verdict:
    findings = tuple(_waived(verdict, finding, waivers) for finding in verdict.findings)
    if findings == verdict.findings:
        return verdict
    outcome = worst(findings)
    leading = next(finding for finding in findings if finding.outcome is outcome)
    said = leading.remedy.removeprefix("nothing: ")
    reason = f"{leading.message} ({said})" if outcome is Outcome.WAIVED else leading.message
    return structs.replace(verdict, findings=findings, outcome=outcome, reason=reason)


def _waived(verdict: Verdict, finding: Finding, waivers: list[_Any]) -> Finding:
    waiver = next((waiver for waiver in waivers if _covers(waiver, verdict, finding)), None)
    if waiver is None:
        return finding
    accepted = Acceptance(waiver.reason, waiver.owner, waiver.until, _origin(waiver))
    instead = f"nothing: waived {_by(waiver)}: {waiver.reason}"
    return structs.replace(finding, outcome=Outcome.WAIVED, remedy=instead, accepted=accepted)


def _origin(waiver: _Any) -> Origin:
    return waiver.origin if isinstance(waiver, InlineWaiver) else Origin(CONFIG)


def _by(waiver: _Any) -> str:
    owner = f"by {waiver.owner}" if waiver.owner else ""
    place = f"in {waiver.origin}" if isinstance(waiver, InlineWaiver) else ""
    return " ".join(filter(None, (owner, place)))


def _complaints(waivers: list[_Any], verdicts: tuple[Verdict, ...], today: date) -> Iterator[tuple[str, Finding]]:
    judged = {verdict.check: verdict for verdict in verdicts}
    for waiver in waivers:
        if _expired(waiver, today):
            yield EXPIRED, _complaint(EXPIRED, waiver, f"ended on {waiver.until}")
        elif waiver.check in judged and not _used(waiver, judged[waiver.check]):
            yield UNUSED, _complaint(UNUSED, waiver, "matches no finding any more")


def _used(waiver: _Any, verdict: Verdict) -> bool:
    return any(_covers(waiver, verdict, finding) for finding in verdict.findings)


def _complaint(kind: str, waiver: _Any, what: str) -> Finding:
    message = " ".join(filter(None, ("the waiver", f"of {waiver.check}" if waiver.check else "", _by(waiver), what)))
    subject = waiver.subject if isinstance(waiver, Waiver) else ""
    at = _origin(waiver)
    remedy = f"correct it in {at}" if kind == INVALID else f"remove it from {at} or renew it"
    return Finding(subject or STACK, Outcome.FAIL, message, remedy, at)


def _verdicts(complaints: Iterable[tuple[str, Finding]]) -> Iterator[Verdict]:
    """One warning for each kind of complaint that there is."""
    said = tuple(complaints)
    for kind, title in _TITLES.items():
        findings = tuple(finding for of, finding in said if of == kind)
        if findings:
            reason = findings[0].message
            yield Verdict(kind, title, Severity.WARN, Level.FILES, Outcome.FAIL, (), findings, reason)
