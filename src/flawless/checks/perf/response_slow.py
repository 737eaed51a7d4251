"""Answers take longer than half a second.

Live, each route is asked a few times and its median counts: the first answer after a start may be slow. Over the soak
window the 95th percentile through the proxy counts, from twenty answers at least.

## Bad (live)
```json facts.json
{"routes": {"stack": [{"path": "/", "seconds": 1.4}]}}
```

## Good (live)
```json facts.json
{"routes": {"stack": [{"path": "/", "seconds": 0.02}]}}
```

## Clean twin (live)
Not fast, and not over half a second.
```json facts.json
{"routes": {"stack": [{"seconds": 0.49, "samples": 3}]}}
```

## Bad (soak)
```json facts.json
{"latency": {"stack": {"samples": 400, "p50_ms": 80, "p95_ms": 730}}}
```

## Good (soak)
```json facts.json
{"latency": {"stack": {"samples": 400, "p95_ms": 90}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import LATENCY, ROUTES
from flawless.model.stack import Role

MOST_MS = 500.0
LEAST_SAMPLES = 20


def judge_live(view: View) -> Iterator[Finding]:
    """The median answer of each route comes within half a second."""
    answered = [route for route in view.get(ROUTES) if route.status]
    for route in answered:
        taken = route.seconds * 1000
        said = f"{route.url} takes {taken:.0f} ms (median of {route.samples})"
        subject = f"route:{route.url}"
        yield view.fail(said, subject=subject) if taken > MOST_MS else view.ok(said, subject=subject)
    if not answered and view.stack.with_role(Role.PROXY):
        yield view.unclear("no route answered, so no time was measured")
    elif not answered:
        yield view.skip("the stack has no proxy")


def judge_window(view: View) -> Iterator[Finding]:
    """95 of 100 answers came within half a second."""
    latency = view.get(LATENCY)
    answered = latency.samples - latency.failed
    measured = f"{latency.target}: p50 {latency.p50_ms:.0f} ms, p95 {latency.p95_ms:.0f} ms over {answered} answers"
    if answered < LEAST_SAMPLES:
        yield view.unclear(f"{answered} answers are too few, {LEAST_SAMPLES} are needed", remedy="soak for longer")
    elif latency.p95_ms > MOST_MS:
        yield view.fail(measured)
    else:
        yield view.ok(measured)


CHECK = Check(
    id="response-slow",
    title="answers take longer than half a second",
    severity=Severity.BLOCK,
    items=("C2.1", "F8"),
    rules=(
        Rule(Level.LIVE, judge_live, scope=Scope.STACK, needs=(ROUTES,)),
        Rule(Level.SOAK, judge_window, scope=Scope.STACK, needs=(LATENCY,)),
    ),
    remedy="look where the time goes: the proxy's upstream time, slow queries, the CPU limit",
    doc=__doc__ or "",
)
