"""The report as one self-contained HTML file: no request to anywhere, everything foreign escaped, one small script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from flawless.model.check import Outcome
from flawless.model.plan import StepRecord
from flawless.model.report import ItemState, Report
from flawless.report import _told as told
from flawless.report import _words as words
from flawless.report._chart import HEIGHT, WIDTH, charts, passage
from flawless.report.text import count, one_line, plain, span

if TYPE_CHECKING:
    from jinja2 import Template

FORMAT = "html"
_SUMMARY = 120
_OUTCOME_STATE = {
    Outcome.FAIL: ItemState.FAILED,
    Outcome.ERROR: ItemState.UNKNOWN,
    Outcome.UNKNOWN: ItemState.UNKNOWN,
    Outcome.WAIVED: ItemState.WAIVED,
    Outcome.PASS: ItemState.CHECKED,
    Outcome.NOT_APPLICABLE: ItemState.NOT_APPLICABLE,
}


def to_html(report: Report) -> str:
    """The whole page. Its policy (CSP) allows nothing but its own style sheet and its own script, by hash."""
    css, script = _resource("report.css"), _resource("report.js")
    course = report.traffic.course if report.traffic else None
    return template().render(
        report=report,
        words=words,
        told=told,
        headline=words.headline(report),
        groups=list(words.groups(report)),
        sections=words.sections(report.checklist),
        states=words.states(report.checklist),
        verdicts={verdict.check: verdict for verdict in report.verdicts},
        outcome_state=_OUTCOME_STATE,
        anchors={digest: f"evidence-{number}" for number, digest in enumerate(report.evidence, 1)},
        timeline=list(_timeline(report.steps)),
        first=_first(report.steps),
        whole=_whole(report.steps),
        passage=passage(course) if course else None,
        charts=charts(report.soak) if report.soak else (),
        frame=f"0 0 {WIDTH:g} {HEIGHT:g}",
        css=css,
        css_hash=_hash(css),
        script=script,
        script_hash=_hash(script),
    )


def _timeline(steps: tuple[StepRecord, ...]) -> Iterable[tuple[StepRecord, str, str]]:
    """Each step with where its bar begins and how long it is, in percent of the time from the first to the last."""
    first, whole = _first(steps), _whole(steps) or 1.0
    for step in steps:
        share = max(100 * step.seconds / whole, 0.6) if step.seconds else 0.0
        yield step, f"{min(100 * (step.began - first) / whole, 100 - share):.2f}", f"{share:.2f}"


def _first(steps: tuple[StepRecord, ...]) -> float:
    return min((step.began for step in steps), default=0.0)


def _whole(steps: tuple[StepRecord, ...]) -> float:
    """Seconds from the begin of the first step to the end of the last one."""
    return max((step.began - _first(steps) + step.seconds for step in steps), default=0.0)


def _hash(text: str) -> str:
    """A CSP source for exactly this text (https://www.w3.org/TR/CSP3/#grammardef-hash-source)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _resource(name: str) -> str:
    return (files("flawless.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def template() -> Template:
    """The page's template, read once: that takes some tenths of a second."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters.update(span=span, count=count, shortened=_shortened)
    return environment.from_string(_resource("report.html.j2"))


def _finalize(value: Any) -> Any:
    """Every text that comes from outside is made plain before it is escaped; markup of the template itself is not."""
    return plain(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _shortened(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _SUMMARY else f"{line[:_SUMMARY]}…"
