"""The project's own compiler, linter or type checker warns.

A warning that everybody is used to hides the one that matters. The tools that a project configures are asked, in
their machine-readable modes: cargo, ruff, mypy, tsc, eslint. A tool that could not run is unknown, not clean.
They take their time, so they are asked with ``flawless check --build``.

## Bad
```json facts.json
{"compilers": {"stack": [{"tool": "cargo check in backend", "files": 1, "hits": [{"code": "unused_variables",
  "level": "warning", "message": "unused variable: `pool`", "origin": {"file": "backend/src/main.rs", "line": 7}}]}]}}
```

## Good
```json facts.json
{"compilers": {"stack": [{"tool": "cargo check in backend", "files": 0, "hits": []}]}}
```

## Clean twin
```json facts.json
{"compilers": {"stack": []}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import COMPILERS
from flawless.model.observed_files import LintRun

_SHOWN = 3


def judge(view: View) -> Iterator[Finding]:
    """Each configured tool ran and found nothing."""
    runs = view.get(COMPILERS)
    for run in runs:
        yield _answer(view, run)
    if not runs:
        yield view.skip("no build context configures a compiler, linter or type checker that is known here")


def _answer(view: View, run: LintRun) -> Finding:
    subject = f"tool:{run.tool}"
    if run.absent:
        return view.unclear(f"{run.tool} did not run: {run.absent}", subject=subject)
    if not run.hits:
        return view.ok(f"{run.tool}: no warning", subject=subject)
    first = "; ".join(f"{hit.origin} {hit.code}: {hit.message}" for hit in run.hits[:_SHOWN])
    number = f"{len(run.hits)} warning{'' if len(run.hits) == 1 else 's'}"
    return view.fail(f"{run.tool}: {number}: {first}", at=run.hits[0].origin, subject=subject)


CHECK = Check(
    id="compiler-warnings",
    title="the project's own tools warn",
    severity=Severity.WARN,
    items=("P1.3",),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(COMPILERS,), slow=True),),
    remedy="mend what it names, or switch the rule off where it is configured",
    doc=__doc__ or "",
)
