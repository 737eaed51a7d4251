"""Answers take longer than half a second, or do not come.

Live, each route is asked a few times and its median counts: the first answer after a start may be slow. Over the soak
window the 95th percentile of each path through the proxy counts, from twenty answers at least; and no more than one
request, and one in a hundred, may fail (no answer within five seconds, or a status of 500 and above).

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

## Bad (soak)
```json facts.json
{"latency": {"stack": {"samples": 400, "failed": 12, "p95_ms": 90, "first_failure": "status 502"}}}
```

## Bad (soak)
```json facts.json
{"latency": {"stack": {"samples": 400, "paths": [
  {"path": "/", "samples": 40, "failed": 0, "p50_ms": 700, "p95_ms": 900}]}}}
```

## Good (soak)
```json facts.json
{"latency": {"stack": {"samples": 400, "p95_ms": 90}}}
```

## Clean twin (soak)
One lost answer in hundreds.
```json facts.json
{"latency": {"stack": {"samples": 400, "failed": 1, "p95_ms": 90}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import LATENCY, ROUTES
from flawless.model.observed import PathLatency
from flawless.model.stack import Role

MOST_MS = 500.0
LEAST_SAMPLES = 20
MOST_FAILED = 0.01
LEAST_SECONDS = 2.0


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
    """Of each path 99 of 100 requests were answered, 95 of 100 within half a second."""
    latency = view.get(LATENCY)
    whole = PathLatency(latency.target, latency.samples, latency.failed, latency.p50_ms, latency.p95_ms)
    for path in (whole, *latency.paths):
        yield _answer(view, path, latency.first_failure)


def _answer(view: View, path: PathLatency, first_failure: str) -> Finding:
    answered = path.samples - path.failed
    measured = f"{path.path}: p50 {path.p50_ms:.0f} ms, p95 {path.p95_ms:.0f} ms over {answered} answers"
    if path.samples >= LEAST_SAMPLES and path.failed > max(1, MOST_FAILED * path.samples):
        why = f" ({first_failure})" if first_failure else ""
        return view.fail(f"{path.path}: {path.failed} of {path.samples} requests failed{why}")
    if answered < LEAST_SAMPLES:
        why = f"{path.path}: {answered} answers are too few, {LEAST_SAMPLES} are needed"
        return view.unclear(why, remedy="soak for longer")
    return view.fail(measured) if path.p95_ms > MOST_MS else view.ok(measured)


CHECK = Check(
    id="response-slow",
    title="answers take longer than half a second, or do not come",
    severity=Severity.BLOCK,
    items=("C2.1", "F8"),
    rules=(
        Rule(Level.LIVE, judge_live, scope=Scope.STACK, needs=(ROUTES,)),
        Rule(Level.SOAK, judge_window, scope=Scope.STACK, needs=(LATENCY,), window=LEAST_SECONDS),
    ),
    remedy="look where the time goes: the proxy's upstream time and error log, slow queries, the CPU limit",
    doc=__doc__ or "",
)
