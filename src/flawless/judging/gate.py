"""From verdicts to a decision: go or no-go, the exit code, and the sentence why. Nothing else decides."""

from __future__ import annotations

from collections.abc import Iterable

from flawless.model.check import Outcome, Severity, Verdict
from flawless.model.report import Decision
from flawless.model.settings import Settings

GO = 0
FAILED = 1
COULD_NOT_TELL = 3
_OPEN = frozenset({Outcome.UNKNOWN, Outcome.ERROR})


def gate(verdicts: Iterable[Verdict], settings: Settings, allow_unknown: Iterable[str] = ()) -> Decision:
    """Go needs every blocking check to pass, be waived or not apply; an unknown may be allowed by name."""
    judged = tuple(verdicts)
    allowed = {*allow_unknown, *_allowed_by_settings(settings)}
    blocking = [verdict for verdict in judged if verdict.severity is Severity.BLOCK]
    failed = tuple(verdict.check for verdict in blocking if verdict.outcome is Outcome.FAIL)
    undecided = [verdict.check for verdict in blocking if verdict.outcome in _OPEN]
    blind = tuple(check for check in undecided if check not in allowed)
    excused = tuple(check for check in undecided if check in allowed)
    if failed:
        return Decision(
            False, FAILED, f"{_count(failed, 'blocking check')} failed: {', '.join(failed)}", failed, excused
        )
    if blind:
        reason = f"{_count(blind, 'blocking check')} could not tell: {', '.join(blind)}"
        return Decision(False, COULD_NOT_TELL, reason, blind, excused)
    if not judged:
        return Decision(False, COULD_NOT_TELL, "nothing was judged", (), ())
    return Decision(True, GO, _why_go(judged, excused), (), excused)


def _allowed_by_settings(settings: Settings) -> list[str]:
    return [name for name, setting in settings.checks.items() if setting.when_unknown == "warn"]


def _count(checks: tuple[str, ...], noun: str) -> str:
    return f"{len(checks)} {noun}{'' if len(checks) == 1 else 's'}"


def _why_go(judged: tuple[Verdict, ...], excused: tuple[str, ...]) -> str:
    warned = sum(v.severity is Severity.WARN and v.outcome is Outcome.FAIL for v in judged)
    parts = ["no blocking check failed"]
    if warned:
        parts.append(f"{warned} warning{'' if warned == 1 else 's'}")
    if excused:
        parts.append(f"allowed although unknown: {', '.join(excused)}")
    return "; ".join(parts)
