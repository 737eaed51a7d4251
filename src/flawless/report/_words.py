"""What every format calls a state: one sign and one word, so that colour is never needed to tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from flawless.model.change import Change
from flawless.model.check import Outcome, Severity, Verdict
from flawless.model.observed import Latency
from flawless.model.plan import Phase, StepState, Traffic
from flawless.model.report import ChecklistItem, ItemState, Report, Soak, SoakService, SoakVerdict
from flawless.report._told import in_order
from flawless.report.text import count, megabytes, span

SIGN = {
    ItemState.CHECKED: "✔",
    ItemState.FAILED: "✘",
    ItemState.UNKNOWN: "?",
    ItemState.WAIVED: "~",
    ItemState.NOT_APPLICABLE: "-",
    ItemState.NOT_RUN: "·",
}
WORD = {
    ItemState.CHECKED: "checked",
    ItemState.FAILED: "failed",
    ItemState.UNKNOWN: "unknown",
    ItemState.WAIVED: "waived",
    ItemState.NOT_APPLICABLE: "not applicable",
    ItemState.NOT_RUN: "not run",
}
STEP_SIGN = {
    StepState.PROVED: "✔",
    StepState.FAILED: "✘",
    StepState.STARTED: "?",
    StepState.UNDONE: "~",
    StepState.SKIPPED: "·",
}
SOAK_STATE = {
    SoakVerdict.GOOD: ItemState.CHECKED,
    SoakVerdict.BAD: ItemState.FAILED,
    SoakVerdict.INCONCLUSIVE: ItemState.UNKNOWN,
}
OUTCOME_WORD = {
    Outcome.FAIL: "failed",
    Outcome.ERROR: "crashed",
    Outcome.UNKNOWN: "could not tell",
    Outcome.WAIVED: "waived",
    Outcome.PASS: "passed",
    Outcome.NOT_APPLICABLE: "not applicable",
}
_DIGEST = 12
_OPEN = frozenset({Outcome.UNKNOWN, Outcome.ERROR})

Group = tuple[ItemState, str, tuple[Verdict, ...]]


def groups(report: Report) -> Iterator[Group]:
    """The verdicts a reader must look at, worst first: a state to show them in, a heading, and who is in it."""
    wanted = (
        (ItemState.FAILED, "Failed", {Outcome.FAIL}, {Severity.BLOCK}),
        (ItemState.UNKNOWN, "Could not tell", _OPEN, {Severity.BLOCK}),
        (ItemState.FAILED, "Warnings", {Outcome.FAIL}, {Severity.WARN, Severity.INFO}),
        (ItemState.UNKNOWN, "Warnings that could not tell", _OPEN, {Severity.WARN, Severity.INFO}),
        (ItemState.WAIVED, "Waived", {Outcome.WAIVED}, set(Severity)),
    )
    for state, heading, outcomes, weights in wanted:
        found = in_order(v for v in report.verdicts if v.outcome in outcomes and v.severity in weights)
        if found:
            yield state, heading, found


def sections(items: Iterable[ChecklistItem]) -> dict[str, list[ChecklistItem]]:
    """The checklist by section, in its own order; two sections of one name (security) stay apart by their code."""
    found: dict[tuple[str, str], list[ChecklistItem]] = {}
    for item in items:
        code = item.item.partition(".")[0] if "." in item.item else item.section
        found.setdefault((code, item.section), []).append(item)
    return {name if code == name else f"{code} {name}": lines for (code, name), lines in found.items()}


def states(items: Iterable[ChecklistItem]) -> list[tuple[ItemState, int]]:
    """How many lines stand in each state that occurs, in the order of ItemState."""
    numbers = Counter(item.state for item in items)
    return [(state, numbers[state]) for state in ItemState if numbers[state]]


def counted_checks(report: Report) -> str:
    """``10 checks: 2 failed, 1 crashed, …``."""
    numbers = Counter(verdict.outcome for verdict in report.verdicts)
    parts = ", ".join(f"{numbers[outcome]} {word}" for outcome, word in OUTCOME_WORD.items() if numbers[outcome])
    return f"{count(len(report.verdicts), 'check')}: {parts}" if parts else "no check was run"


def counted_lines(report: Report) -> str:
    """``89 lines: 77 checked, …``, and how many of them nobody looked at."""
    numbers = states(report.checklist)
    parts = ", ".join(f"{number} {WORD[state]}" for state, number in numbers)
    return f"{count(len(report.checklist), 'line')} of the checklist: {parts}"


def traffic_line(traffic: Traffic) -> str:
    """``0 of 1842 requests failed, longest gap 210 ms``."""
    if not traffic.requests:
        return "no request was made, so nothing is known of the switch"
    line = f"{traffic.failed} of {traffic.requests} requests failed, longest gap {span(traffic.longest_gap_ms / 1000)}"
    if traffic.p50_ms is not None and traffic.p99_ms is not None:
        line += f", half within {traffic.p50_ms:.1f} ms, 99 of 100 within {traffic.p99_ms:.1f} ms"
    return line


def soak_line(soak: Soak) -> str:
    """``no blocking check failed; watched 10 min 00 s``."""
    short = f" of {span(soak.asked)}" if soak.seconds < soak.asked - 1 else ""
    return f"{soak.reason}; watched {span(soak.seconds)}{short}"


def course_line(service: SoakService) -> str:
    """``memory 62.0 MB at first, 63.1 MB at last, CPU 0.05 cores (240 samples)``."""
    first, last = service.samples[0], service.samples[-1]
    cpu = sum(sample.cpu for sample in service.samples) / len(service.samples)
    memory = f"memory {megabytes(first.memory)} at first, {megabytes(last.memory)} at last"
    return f"{memory}, CPU {cpu:.2f} cores ({count(len(service.samples), 'sample')})"


def latency_line(latency: Latency) -> str:
    """``half within 4.0 ms, 95 of 100 within 9.0 ms, 0 of 500 requests failed``."""
    times = f"half within {latency.p50_ms:.1f} ms, 95 of 100 within {latency.p95_ms:.1f} ms"
    return f"{times}, {latency.failed} of {latency.samples} requests failed"


def phases_line(traffic: Traffic) -> str:
    """Half and 99 of 100 before, during and after the switch; empty when it was not parted."""
    parts = (("before", traffic.before), ("during", traffic.during), ("after", traffic.after))
    told = [f"{name} {_phase(phase)}" for name, phase in parts if phase is not None and phase.requests]
    return ", ".join(told)


def _phase(phase: Phase) -> str:
    failed = f", {phase.failed} of {phase.requests} failed" if phase.failed else ""
    if phase.p50_ms is None or phase.p99_ms is None:
        return f"no answer{failed}"
    return f"{phase.p50_ms:.1f} / {phase.p99_ms:.1f} ms{failed}"


def change_line(change: Change) -> str:
    """``backend: image changed, 1b2c3d4e5f6a to 6f5e4d3c2b1a``."""
    name = f" {change.name}" if change.name else ""
    told = f", {digests(change)}" if change.before or change.after else ""
    return f"{change.subject}: {change.kind.value}{name} {change.how.value}{told}"


def digests(change: Change) -> str:
    """The starts of what was before and of what is now: ``1b2c3d4e5f6a to 6f5e4d3c2b1a``."""
    known = (each.removeprefix("sha256:")[:_DIGEST] for each in (change.before, change.after) if each)
    return " to ".join(known)


def headline(report: Report) -> str:
    """``GO`` or ``NO GO``."""
    return "GO" if report.decision.go else "NO GO"
