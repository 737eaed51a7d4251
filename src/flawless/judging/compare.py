"""Two reports beside each other: verdicts, findings, times, traffic and images that differ. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import structs

from flawless.model.change import Change, ChangeKind, How
from flawless.model.check import Outcome, Verdict, worst
from flawless.model.comparison import Comparison, Moved, RunRef, StepTimes, Told
from flawless.model.plan import StepState, Traffic
from flawless.model.report import Report

_OPEN = frozenset({Outcome.UNKNOWN, Outcome.ERROR})
_RIGHT = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE})
_RAN = frozenset({StepState.PROVED, StepState.FAILED, StepState.UNDONE})

Images = Mapping[str, str]
Verdicts = Mapping[str, Verdict]


def compare(before: Report, after: Report, images: tuple[Images, Images] | None = None) -> Comparison:
    """What differs from ``before`` to ``after``; ``images`` are those of their releases by service, None: not known."""
    old, new = ({verdict.check: verdict for verdict in report.verdicts} for report in (before, after))
    former = [(told, _now(new[told.check], told.subject)) for told in _failures(old) if told.check in new]
    known = {(told.check, told.subject) for told, _ in former}
    return Comparison(
        before=_run(before),
        after=_run(after),
        moved=tuple(_moved(old, new)),
        new=tuple(each for each in _failures(new) if each.check in old and (each.check, each.subject) not in known),
        gone=tuple(told for told, now in former if now in _RIGHT),
        waived=tuple(told for told, now in former if now is Outcome.WAIVED),
        lost=tuple(told for told, now in former if now in _OPEN),
        only_before=tuple(check for check in old if check not in new),
        only_after=tuple(check for check in new if check not in old),
        steps=tuple(_steps(before, after)),
        traffic=(_totals(before.traffic), _totals(after.traffic)),
        images=tuple(_images(*images)) if images is not None else None,
        notes=tuple(_notes(before, after)),
    )


def _run(report: Report) -> RunRef:
    return RunRef(
        run_id=report.run_id,
        stack=report.stack.name,
        phase=report.phase,
        started=report.started,
        seconds=report.seconds,
        go=report.decision.go,
        exit_code=report.decision.exit_code,
        reason=report.decision.reason,
        revision=report.stack.revision,
        release=report.release.id if report.release else "",
    )


def _moved(old: Verdicts, new: Verdicts) -> Iterator[Moved]:
    for check, verdict in new.items():
        if check in old and old[check].outcome is not verdict.outcome:
            yield Moved(check, verdict.title, verdict.severity, old[check].outcome, verdict.outcome)


def _failures(verdicts: Verdicts) -> tuple[Told, ...]:
    """Each failing subject of each check once: a message may hold a number that differs from run to run."""
    found: dict[tuple[str, str], Told] = {}
    for verdict in verdicts.values():
        for each in verdict.findings:
            if each.outcome is Outcome.FAIL:
                told = Told(verdict.check, each.subject, verdict.severity, each.message)
                found.setdefault((verdict.check, each.subject), told)
    return tuple(found.values())


def _now(verdict: Verdict, subject: str) -> Outcome:
    """The worst that a check says of a subject; unknown also where it does not name it and could not tell of others."""
    mine = [finding for finding in verdict.findings if finding.subject == subject]
    if mine:
        return worst(mine)
    return verdict.outcome if verdict.outcome in _OPEN else Outcome.NOT_APPLICABLE


def _steps(before: Report, after: Report) -> Iterator[StepTimes]:
    old, new = ({step.id: step.seconds for step in of.steps if step.state in _RAN} for of in (before, after))
    for name in dict.fromkeys((*new, *old)):
        yield StepTimes(name, old.get(name), new.get(name))


def _totals(traffic: Traffic | None) -> Traffic | None:
    return structs.replace(traffic, course=None) if traffic else None


def _images(old: Images, new: Images) -> Iterator[Change]:
    for name in sorted({**old, **new}):
        before, after = old.get(name, ""), new.get(name, "")
        if before != after:
            how = How.ADDED if not before else How.CHANGED if after else How.REMOVED
            yield Change(ChangeKind.IMAGE, name, how, "", before, after)


def _notes(before: Report, after: Report) -> Iterable[str]:
    if before.stack.name != after.stack.name:
        yield f"these are two stacks: {before.stack.name} and {after.stack.name}"
    if before.tool.version != after.tool.version:
        yield f"judged by two versions: {before.tool.version} and {after.tool.version}"
    if before.started > after.started:
        yield "the first run is the later one"
