"""The backend does not answer its callers.

Asked from inside the callers' networks for its health endpoint, so that no port has to be published for it. No
answer or a server error is the fault. A redirect or "not found" comes from a living server, but says nothing
about its health: a login page answers every path.

## Bad (rehearsal)
```json facts.json
{"inside": {"stack": [{"status": 503, "message": "database unavailable"}]}}
```

## Good (rehearsal)
```json facts.json
{"inside": {"stack": [{"status": 200}]}}
```

## Bad (live)
```json facts.json
{"inside": {"stack": [{"status": 0, "message": "connection refused"}]}}
```

## Good (live)
```json facts.json
{"inside": {"stack": [{"status": 200}]}}
```

## Clean twin (live)
A success without content is one.
```json facts.json
{"inside": {"stack": [{"status": 204, "seconds": 1.9}]}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope, service_subject
from flawless.model.keys import INSIDE
from flawless.model.observed import InsideAnswer
from flawless.model.stack import Role


def judge(view: View) -> Iterator[Finding]:
    """Every answer from the backend is a success."""
    answers = view.get(INSIDE)
    for answer in answers:
        yield _judged(view, answer)
    if not answers and view.stack.with_role(Role.BACKEND):
        yield view.unclear("nobody asked the backend from inside its network")
    elif not answers:
        yield view.skip("the stack has no backend")


def _judged(view: View, answer: InsideAnswer) -> Finding:
    subject = service_subject(answer.caller)
    asked = f"{answer.url}, asked from {answer.caller}'s network,"
    if not answer.status:
        return view.fail(f"{asked} did not answer: {answer.message}", subject=subject)
    if answer.status >= 500:
        return view.fail(f"{asked} answered {answer.status} {answer.message}".rstrip(), subject=subject)
    if answer.status >= 300:
        remedy = "set `health_path` under [edge] in flawless.toml to the path that answers 200 when the backend is well"
        return view.unclear(f"{asked} answered {answer.status}, which tells nothing", remedy=remedy, subject=subject)
    return view.ok(f"{asked} answered {answer.status} in {answer.seconds:.2f} s", subject=subject)


CHECK = Check(
    id="backend-unreachable",
    title="the backend does not answer its callers",
    severity=Severity.BLOCK,
    items=("P4.3", "V2.3", "V2.4", "D3.4"),
    rules=tuple(Rule(level, judge, scope=Scope.STACK, needs=(INSIDE,)) for level in (Level.REHEARSAL, Level.LIVE)),
    remedy="look at the backend's logs, at the port it listens on, and at the networks it shares with its callers",
    doc=__doc__ or "",
)
