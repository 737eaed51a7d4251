"""The report as Markdown for a pull request: the verdict, one table of what to look at, and the rest folded.

The text is GitHub's Markdown (https://github.github.com/gfm); everything foreign in it is escaped: no markup, no link,
no mention of a user or an issue comes from a file that was judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flawless.model.check import Verdict
from flawless.model.report import Report
from flawless.report import _words as words
from flawless.report._told import listed, mended, remedies, same_reason, subjects, telling, told, where
from flawless.report.text import one_line, span

FORMAT = "markdown"
_MEANT = re.compile(r"[\\`*_{}\[\]()+\-.!~=^$]")
_ENTITIES = {ord(char): f"&#{ord(char)};" for char in "&<>@#:|"}


def to_markdown(report: Report) -> str:
    """The whole text; its longest part, the checklist, is folded."""
    parts = [_head(report), *_cause(report), *_table(report), *_details(report), *_changes(report), *_checklist(report)]
    parts.append(_foot(report))
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Foreign text in one line that reads as it is written and means nothing to Markdown, HTML or GitHub."""
    return _MEANT.sub(r"\\\g<0>", one_line(text).translate(_ENTITIES))


def _head(report: Report) -> str:
    sign = "✅" if report.decision.go else "❌"
    about = f"{report.stack.name}, {report.phase}, {report.started}, {span(report.seconds)}"
    return f"## {sign} {words.headline(report)}: {escape(about)}\n\n{escape(report.decision.reason)}"


def _cause(report: Report) -> Iterator[str]:
    if report.cause:
        seen = "".join(f"\n- seen: {escape(line)}" for line in report.cause.evidence)
        yield f"**Root cause:** {escape(report.cause.message)}\n{seen}\n- do: {escape(report.cause.remedy)}"


def _table(report: Report) -> Iterator[str]:
    rows = [
        _row(heading, verdicts, report)
        for state, heading, found in words.groups(report)
        for verdicts in same_reason(found)
    ]
    if rows:
        yield "\n".join(("| | check | where | found | do |", "|---|---|---|---|---|", *rows))


def _row(heading: str, verdicts: tuple[Verdict, ...], report: Report) -> str:
    found = telling(verdicts[0])
    said = told(found)
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    checks = ", ".join(f"`{verdict.check}`" for verdict in verdicts)
    fix = " (`flawless fix` writes it)" if mended(report, verdicts[0]) else ""
    cells = (
        heading.lower(),
        checks,
        escape(listed(subjects(found))),
        escape(f"{said[0].message} {where(said[0].places)}") + more if said else "",
        "; ".join(escape(remedy) for remedy in remedies(found)[:1]) + fix,
    )
    return f"| {' | '.join(cells)} |"


def _details(report: Report) -> Iterator[str]:
    lines = [line for _, _, found in words.groups(report) for verdict in found for line in _finding_lines(verdict)]
    if lines:
        yield _folded("Every finding", lines)


def _finding_lines(verdict: Verdict) -> Iterator[str]:
    see = f" ({escape(verdict.reference)})" if verdict.reference else ""
    yield f"- `{verdict.check}`: {escape(verdict.title)}{see}"
    for each in told(telling(verdict)):
        places = f" ({escape(', '.join(each.places))})" if each.places else ""
        yield f"  - {escape(', '.join(each.subjects))}: {escape(each.message)}{places}"


def _changes(report: Report) -> Iterator[str]:
    if report.changes:
        lines = [f"- {escape(words.change_line(change))}" for change in report.changes]
        yield _folded(f"What changed ({len(lines)})", lines)


def _checklist(report: Report) -> Iterator[str]:
    lines = [
        f"- {words.SIGN[item.state]} {words.WORD[item.state]}: {escape(item.item)} {escape(item.text)}"
        + (f" ({escape(item.reason)})" if item.reason else "")
        for item in report.checklist
    ]
    if lines:
        yield _folded(words.counted_lines(report), lines)


def _folded(summary: str, lines: Iterable[str]) -> str:
    body = "\n".join(lines)
    return f"<details><summary>{escape(summary)}</summary>\n\n{body}\n\n</details>"


def _foot(report: Report) -> str:
    notes = "".join(f"\n- {escape(note)}" for note in report.notes)
    fixes = f" Safe changes that `flawless fix` writes: {len(report.fixes)}." if report.fixes else ""
    return f"{escape(words.counted_checks(report))}. Run {escape(report.run_id)}.{fixes}{notes}"
