"""Waivers: accepted findings, each with a reason and an owner; stale and expired ones are findings themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import structs

from flawless.model.check import Finding, Level, Outcome, Severity, Verdict, worst
from flawless.model.settings import Waiver
from flawless.model.stack import Origin

CONFIG = "flawless.toml"
_WAIVABLE = frozenset({Outcome.FAIL, Outcome.UNKNOWN})


def waive(verdicts: Iterable[Verdict], waivers: Iterable[Waiver], today: date) -> tuple[Verdict, ...]:
    """The verdicts with waived findings marked, and a warning verdict for each unused or expired waiver."""
    all_waivers = tuple(waivers)
    alive = [waiver for waiver in all_waivers if not _expired(waiver, today)]
    before = tuple(verdicts)
    after = tuple(_apply(verdict, alive) for verdict in before)
    return (*after, *_complaints(all_waivers, before, today))


def _expired(waiver: Waiver, today: date) -> bool:
    return bool(waiver.until) and date.fromisoformat(waiver.until) < today


def _matches(waiver: Waiver, check: str, finding: Finding) -> bool:
    return waiver.check == check and waiver.subject in ("", finding.subject)


def _apply(verdict: Verdict, waivers: list[Waiver]) -> Verdict:
    findings = tuple(_waived(verdict.check, finding, waivers) for finding in verdict.findings)
    if findings == verdict.findings:
        return verdict
    outcome = worst(findings)
    leading = next(finding for finding in findings if finding.outcome is outcome)
    said = leading.remedy.removeprefix("nothing: ")
    reason = f"{leading.message} ({said})" if outcome is Outcome.WAIVED else leading.message
    return structs.replace(verdict, findings=findings, outcome=outcome, reason=reason)


def _waived(check: str, finding: Finding, waivers: list[Waiver]) -> Finding:
    if finding.outcome not in _WAIVABLE:
        return finding
    for waiver in waivers:
        if _matches(waiver, check, finding):
            instead = f"nothing: waived by {waiver.owner}: {waiver.reason}"
            return structs.replace(finding, outcome=Outcome.WAIVED, remedy=instead)
    return finding


def _complaints(waivers: tuple[Waiver, ...], verdicts: tuple[Verdict, ...], today: date) -> list[Verdict]:
    complaints = []
    judged = {verdict.check: verdict for verdict in verdicts}
    for waiver in waivers:
        if _expired(waiver, today):
            complaints.append(_complaint("waiver-expired", waiver, f"ended on {waiver.until}"))
        elif waiver.check in judged and not _used(waiver, judged[waiver.check]):
            complaints.append(_complaint("waiver-unused", waiver, "matches no finding any more"))
    return complaints


def _used(waiver: Waiver, verdict: Verdict) -> bool:
    hits = [finding for finding in verdict.findings if _matches(waiver, verdict.check, finding)]
    return any(finding.outcome in _WAIVABLE for finding in hits)


def _complaint(kind: str, waiver: Waiver, what: str) -> Verdict:
    message = f"the waiver of {waiver.check} by {waiver.owner} {what}"
    finding = Finding(
        waiver.subject or "stack",
        Outcome.FAIL,
        message,
        f"remove it from {CONFIG} or renew it",
        Origin(CONFIG),
    )
    return Verdict(kind, "a waiver is stale", Severity.WARN, Level.FILES, Outcome.FAIL, (), (finding,), message)
