"""Two runs beside each other: for a terminal, as Markdown and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from flawless.model.check import Outcome
from flawless.model.comparison import SCHEMA, Comparison, RunRef, StepTimes, Told
from flawless.model.plan import Traffic
from flawless.report._json import json_text
from flawless.report._told import name_of
from flawless.report._words import OUTCOME_WORD, change_line
from flawless.report.as_markdown import escape
from flawless.report.text import count, one_line, span

Part = tuple[str, list[str]]


def comparison_page(found: Comparison, width: int = 100) -> str:
    """Plain lines of at most ``width`` columns."""
    lines = [f"before  {_run(found.before)}", f"after   {_run(found.after)}"]
    for heading, entries in _parts(found):
        lines += ["", heading, *(f"  {line}" for line in entries)]
    return "".join(f"{part}\n" for line in lines for part in _wrapped(line, width))


def comparison_markdown(found: Comparison) -> str:
    """The same for a pull request; all that is foreign in it is escaped."""
    blocks = [f"**Before:** {escape(_run(found.before))}\n\n**After:** {escape(_run(found.after))}"]
    blocks += [f"### {escape(head)}\n\n{_bullets(entries)}" for head, entries in _parts(found)]
    return "\n\n".join(blocks) + "\n"


def comparison_json(found: Comparison) -> str:
    """The same as JSON, schema ``flawless/comparison/1``; times in seconds and milliseconds."""
    data: dict[str, Any] = {"schema": SCHEMA, **msgspec.to_builtins(found)}
    data["traffic"] = dict(zip(("before", "after"), data["traffic"], strict=True))
    return json_text(data)


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(one_line(line), width, initial_indent=_indent(line), subsequent_indent="    ") or [""]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {escape(line)}" for line in lines)


def _run(run: RunRef) -> str:
    ended = "go" if run.go else f"no go ({run.exit_code})"
    return f"{run.run_id} · {run.phase} · {run.started} · {span(run.seconds)} · {ended}: {run.reason}"


def _parts(found: Comparison) -> Iterator[Part]:
    """Headings with their lines; what does not differ is left out, and when nothing does, that is said."""
    parts: tuple[tuple[str, Callable[[Comparison], Iterable[str]]], ...] = (
        ("Verdicts that changed", _verdicts),
        ("New failures", lambda each: map(_told, each.new)),
        ("Failures that are gone", lambda each: map(_told, each.gone)),
        ("Failures that are waived now", lambda each: map(_told, each.waived)),
        ("Failures of which the later run could not tell", lambda each: map(_told, each.lost)),
        ("Asked by one run only", _asked),
        ("Durations", _durations),
        ("Traffic through the proxy", _traffic),
        ("Images", _images),
        ("Notes", lambda each: each.notes),
    )
    told = [(heading, lines) for heading, part in parts if (lines := list(part(found)))]
    yield from told
    if not (found.moved or found.new or found.gone or found.waived or found.lost):
        yield "No verdict and no failure differs between the checks that both asked", []


def _verdicts(found: Comparison) -> Iterator[str]:
    for each in found.moved:
        yield f"{_sign(each.after)} {each.check} ({each.severity}): {_word(each.before)}, now {_word(each.after)}"


def _sign(outcome: Outcome) -> str:
    if outcome in (Outcome.UNKNOWN, Outcome.ERROR):
        return "?"
    return "✘" if outcome is Outcome.FAIL else "·" if outcome is Outcome.NOT_APPLICABLE else "✔"


def _word(outcome: Outcome) -> str:
    return OUTCOME_WORD[outcome]


def _told(each: Told) -> str:
    return f"{each.check} ({each.severity}) of {name_of(each.subject)}: {each.message}"


def _asked(found: Comparison) -> Iterator[str]:
    for name, checks in (("before", found.only_before), ("after", found.only_after)):
        if checks:
            yield f"{name}: {count(len(checks), 'check')}: {', '.join(checks)}"


def _durations(found: Comparison) -> Iterator[str]:
    yield f"the whole run: {span(found.before.seconds)}, now {span(found.after.seconds)}"
    yield from map(_step, found.steps)


def _step(step: StepTimes) -> str:
    before, after = (span(each) if each is not None else "not taken" for each in (step.before, step.after))
    return f"{step.id}: {before}, now {after}"


def _traffic(found: Comparison) -> Iterator[str]:
    before, after = found.traffic
    if before is None and after is None:
        return
    yield f"failed: {_failed(before)}, now {_failed(after)}"
    yield f"longest gap: {_gap(before)}, now {_gap(after)}"
    yield f"half / 99 % within: {_times(before)}, now {_times(after)}"


def _failed(traffic: Traffic | None) -> str:
    return f"{traffic.failed} of {traffic.requests}" if traffic else "not measured"


def _gap(traffic: Traffic | None) -> str:
    return span(traffic.longest_gap_ms / 1000) if traffic and traffic.requests else "not measured"


def _times(traffic: Traffic | None) -> str:
    if traffic is None or traffic.p50_ms is None or traffic.p99_ms is None:
        return "not measured"
    return f"{traffic.p50_ms:.1f} / {traffic.p99_ms:.1f} ms"


def _images(found: Comparison) -> Iterator[str]:
    if found.images is not None:
        yield from map(change_line, found.images)
        if not found.images:
            yield "the same"
    elif found.before.release or found.after.release:
        yield "not known: the ledger does not have both releases"
