"""The report for a terminal: verdict, cause, what to do, the checklist, and the verdict again at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from msgspec import structs
from rich.cells import cell_len, chop_cells

from flawless.model.check import Outcome, Severity, Verdict
from flawless.model.plan import StepRecord
from flawless.model.report import ChecklistItem, ItemState, Report, Soak
from flawless.report import _words as words
from flawless.report._told import (
    in_order,
    left_out,
    listed,
    mended,
    remedies,
    same_reason,
    subjects,
    telling,
    told,
    weighed,
    where,
)
from flawless.report.text import count, one_line, plain, span

FORMAT = "terminal"
_COLOR = {
    ItemState.CHECKED: "green",
    ItemState.FAILED: "bold red",
    ItemState.UNKNOWN: "bold yellow",
    ItemState.WAIVED: "cyan",
    ItemState.NOT_APPLICABLE: "dim",
    ItemState.NOT_RUN: "dim",
}
# How a terminal is told of a style: ECMA-48, Select Graphic Rendition.
_SGR = {"bold": "1", "dim": "2", "green": "32", "cyan": "36", "bold red": "1;31", "bold yellow": "1;33"}
_MOST_FINDINGS = 3
_MOST_CHANGES = 20
_TOLD = frozenset({Outcome.FAIL, Outcome.ERROR, Outcome.UNKNOWN})
_BAR = 20
_ROOMY = 60


def to_terminal(report: Report, width: int = 100, *, color: bool = False, everything: bool = False) -> str:
    """The report in lines of at most ``width`` columns, without any escape unless ``color``.

    Unless ``everything`` is asked for, protections that are left out and what is of severity info are only counted.
    """
    page = _Page(width, color)
    _verdict(page, report)
    _cause(page, report)
    if everything:
        _groups(page, report, report)
    else:
        folded = tuple(verdict for verdict in report.verdicts if _is_folded(verdict))
        kept = tuple(verdict for verdict in report.verdicts if not _is_folded(verdict))
        _groups(page, structs.replace(report, verdicts=kept), report, most=_MOST_FINDINGS)
        _folded(page, report, folded)
    _deploy(page, report)
    _checklist(page, report)
    _end(page, report)
    return page.text()


def _is_folded(verdict: Verdict) -> bool:
    light = verdict.severity is Severity.INFO and verdict.outcome is not Outcome.WAIVED
    return light or left_out(verdict)


def _groups(page: _Page, shown: Report, whole: Report, most: int = sys.maxsize) -> None:
    for state, heading, found in words.groups(shown):
        page.heading(f"{heading} ({len(found)})")
        together = same_reason(found) if state is ItemState.UNKNOWN else ((verdict,) for verdict in found)
        for verdicts in together:
            if state is ItemState.WAIVED and whole is not shown:
                _waived(page, verdicts[0])
            else:
                _entry(page, state, verdicts, whole, most)


class _Page:
    """Lines with hanging indents; foreign text is made plain here, once."""

    def __init__(self, width: int, color: bool) -> None:
        self._width = width
        self._color = color
        self._lines: list[str] = []

    @property
    def roomy(self) -> bool:
        """Whether there is room for columns and bars."""
        return self._width >= _ROOMY

    def line(self, text: str, *, lead: str = "", indent: int = 0, style: str = "", body: str = "") -> None:
        """One paragraph: ``lead`` in ``style`` stands in the margin, the text hangs beside it in style ``body``."""
        hang = indent + cell_len(lead)
        parts = _wrapped(one_line(text), max(self._width - hang, 10))
        margin = " " * indent + self._styled(lead if parts else lead.rstrip(), style)
        for part in parts or [""]:
            self._lines.append((margin + self._styled(part, body)).rstrip())
            margin = " " * hang

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{_SGR[style]}m{text}\x1b[0m" if self._color and style and text else text

    def heading(self, text: str) -> None:
        """A section's title, a blank line before it."""
        self.line("")
        self.line(text, style="", body="bold")

    def text(self) -> str:
        """All lines so far."""
        return "".join(f"{line}\n" for line in self._lines)


def _wrapped(text: str, room: int) -> list[str]:
    """The words in lines of at most ``room`` columns; a word that is wider is broken."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if cell_len(longer) <= room:
            lines[-1] = longer
        else:
            lines += chop_cells(word, room)
    return [line for line in lines if line]


def _verdict(page: _Page, report: Report) -> None:
    state = ItemState.CHECKED if report.decision.go else ItemState.FAILED
    lead = f"{words.SIGN[state]} {words.headline(report)}  "
    about = f"{report.stack.name} · {report.phase} · {report.started} · {span(report.seconds)}"
    page.line(about, lead=lead, style=_COLOR[state])
    page.line(report.decision.reason, indent=2)
    allowed = [check for check in report.decision.allowed_unknown if check not in report.decision.reason]
    if allowed:
        page.line(", ".join(allowed), lead="allowed although unknown: ", indent=2)


def _cause(page: _Page, report: Report) -> None:
    if not report.cause:
        return
    page.heading("Root cause")
    page.line(report.cause.message, indent=2)
    for line in report.cause.evidence:
        page.line(line, lead="seen: ", indent=2, style="dim")
    _remedy(page, report.cause.remedy, 2)


def _remedy(page: _Page, remedy: str, indent: int) -> None:
    if remedy:
        page.line(remedy, lead="do: ", indent=indent, style="bold")


def _entry(page: _Page, state: ItemState, verdicts: tuple[Verdict, ...], report: Report, most: int) -> None:
    """A check, or several that say the same: what was found, what to do, and where to read about it."""
    first = verdicts[0]
    title = f": {first.title}" if len(verdicts) == 1 else ""
    names = ", ".join(verdict.check for verdict in verdicts)
    page.line(
        f"{names} ({first.severity}, {first.level}){title}",
        lead=f"{words.SIGN[state]} ",
        style=_COLOR[state],
        indent=2,
    )
    findings = telling(first)
    said = told(findings)
    for each in said[:most]:
        place = f" ({where(each.places)})" if each.places else ""
        page.line(f"{listed(each.subjects)}: {each.message}{place}", indent=4)
    if len(said) > most:
        page.line(f"and {len(said) - most} more of this kind; --all shows them", indent=4)
    for remedy in remedies(findings)[:most]:
        _remedy(page, remedy, 4)
    _fix(page, mended(report, first), 4)
    if first.reference and state is ItemState.FAILED:
        page.line(first.reference, lead="see: ", indent=4, style="dim")


def _waived(page: _Page, verdict: Verdict) -> None:
    """An accepted check in one line: of whom, and the reasons."""
    found = telling(verdict)
    why = "; ".join(remedy.removeprefix("nothing: ") for remedy in remedies(found)) or verdict.reason
    state = ItemState.WAIVED
    page.line(
        f"{verdict.check} of {listed(subjects(found))}: {why}",
        lead=f"{words.SIGN[state]} ",
        style=_COLOR[state],
        indent=2,
    )


def _fix(page: _Page, services: tuple[str, ...], indent: int) -> None:
    if services:
        page.line(f"flawless fix writes it for {listed(services)}", lead="fix: ", indent=indent, style="bold")


def _folded(page: _Page, report: Report, verdicts: tuple[Verdict, ...]) -> None:
    """Protections that are left out and what is of severity info, in a line each."""
    absent = [verdict for verdict in in_order(verdicts) if left_out(verdict)]
    light = [verdict for verdict in verdicts if verdict not in absent and verdict.outcome in _TOLD]
    if absent:
        page.heading(f"Protection left out ({len(absent)})")
        for severity in Severity:
            names = [weighed(verdict) for verdict in absent if verdict.severity is severity]
            if names:
                page.line(f"{severity}: {', '.join(names)}", lead="✘ ", style=_COLOR[ItemState.FAILED], indent=2)
        page.line("--all shows each of them, flawless explain ID says what to write", indent=4)
        _fix(page, tuple(dict.fromkeys(name for each in absent for name in mended(report, each))), 4)
    if light:
        page.heading(f"For the interested ({len(light)})")
        page.line(f"{', '.join(verdict.check for verdict in light)}; --all shows them", indent=2)


def _changes(page: _Page, report: Report) -> None:
    if report.changes is None:
        return
    page.heading(f"What changed ({len(report.changes)})")
    if not report.changes:
        page.line("nothing against the release before", indent=2)
    for change in report.changes[:_MOST_CHANGES]:
        page.line(words.change_line(change), indent=2)
    if len(report.changes) > _MOST_CHANGES:
        page.line(f"and {len(report.changes) - _MOST_CHANGES} more; the HTML report lists them", indent=2)


def _deploy(page: _Page, report: Report) -> None:
    _changes(page, report)
    if report.services:
        page.heading("Services")
    for service in report.services:
        gap = f", gap up to {span(service.gap_seconds)}" if service.gap_seconds else ""
        page.line(f"{service.service}: {service.strategy}{gap}: {service.why}", indent=2)
    if report.steps:
        page.heading("Steps")
    longest = max((step.seconds for step in report.steps), default=0.0)
    for step in report.steps:
        _step(page, step, longest)
    if report.traffic:
        page.heading("Traffic through the proxy")
        page.line(words.traffic_line(report.traffic), indent=2)
        if parted := words.phases_line(report.traffic):
            page.line(parted, lead="50 / 99 % within: ", indent=2)
        if report.traffic.first_failure:
            page.line(report.traffic.first_failure, lead="first failure: ", indent=2)
    if report.soak:
        _soak(page, report.soak)
    if report.release:
        page.heading("Release")
        page.line(f"{report.release.id} is {report.release.state}", indent=2)
        page.line(report.release.serving or "nothing", lead="serving: ", indent=2)


def _soak(page: _Page, soak: Soak) -> None:
    state = words.SOAK_STATE[soak.verdict]
    page.heading("Soak")
    page.line(words.soak_line(soak), lead=f"{words.SIGN[state]} {soak.verdict}  ", indent=2, style=_COLOR[state])
    for service in soak.services:
        page.line(f"{service.service}: {words.course_line(service)}", indent=4)
    if soak.latency:
        page.line(f"{soak.latency.target}: {words.latency_line(soak.latency)}", indent=4)


def _step(page: _Page, step: StepRecord, longest: float) -> None:
    bar = "─" * max(1, round(_BAR * step.seconds / longest)) if page.roomy and longest and step.seconds else ""
    state = f"{words.STEP_SIGN[step.state]} {step.state:<8}"
    page.line(f"{step.id}  {span(step.seconds)} {bar}", lead=state, indent=2)
    message = f": {step.message}" if step.message else ""
    page.line(f"{step.why}{message}", indent=4, body="dim")


def _checklist(page: _Page, report: Report) -> None:
    page.heading("Checklist")
    for title, items in words.sections(report.checklist).items():
        numbers = ", ".join(f"{number} {words.WORD[state]}" for state, number in words.states(items))
        page.line(f"{title}: {numbers}", indent=2, body="bold")
        for item in items:
            if item.state is not ItemState.NOT_RUN:
                _item(page, item)
        _not_run(page, [item for item in items if item.state is ItemState.NOT_RUN])


def _lead(page: _Page, state: ItemState) -> str:
    word = words.WORD[state]
    return f"{words.SIGN[state]} {word:<15}" if page.roomy else f"{words.SIGN[state]} {word} "


def _item(page: _Page, item: ChecklistItem) -> None:
    lead = _lead(page, item.state)
    reason = f" ({item.reason})" if item.reason else ""
    page.line(f"{item.item} {item.text}{reason}", lead=lead, indent=4, style=_COLOR[item.state])


def _not_run(page: _Page, items: list[ChecklistItem]) -> None:
    """What nobody looked at, by reason, so that it is short and still complete."""
    state = ItemState.NOT_RUN
    lead = _lead(page, state)
    for reason in dict.fromkeys(item.reason for item in items):
        codes = ", ".join(item.item for item in items if item.reason == reason)
        page.line(f"{codes}: {reason}", lead=lead, indent=4, style=_COLOR[state], body=_COLOR[state])


def _end(page: _Page, report: Report) -> None:
    _notes(page, report.notes)
    page.line("")
    page.line(words.counted_checks(report))
    page.line(words.counted_lines(report))
    unseen = sum(item.state in (ItemState.NOT_RUN, ItemState.UNKNOWN) for item in report.checklist)
    if unseen:
        page.line(f"{count(unseen, 'line')} not looked at or not decided: a go says nothing about them")
    state = ItemState.CHECKED if report.decision.go else ItemState.FAILED
    lead = f"{words.SIGN[state]} {words.headline(report)}  "
    page.line(f"{report.decision.reason} (run {report.run_id})", lead=lead, style=_COLOR[state])


def _notes(page: _Page, notes: Iterable[str]) -> None:
    lines = [plain(note) for note in notes]
    if lines:
        page.heading("Notes")
    for line in lines:
        page.line(line, lead="· ", indent=2)
