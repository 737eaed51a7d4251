"""An operation that is not meant for everybody lets in whoever asks.

One handler without the line that asks for a login is enough, and no page shows it: the frontend always sends a token.
So each operation is asked without one, with a forged one, and, where flawless.toml names two accounts, by the lower.

## Bad (rehearsal)
```json facts.json
{"app-access": {"stack": {"operations": [{"operation": "GET /api/users", "without": 200, "forged": 200}]}}}
```

## Bad (rehearsal)
Any text is a good token.
```json facts.json
{"app-access": {"stack": {"operations": [{"operation": "GET /api/users", "without": 401, "forged": 200}]}}}
```

## Bad (rehearsal)
```json facts.json
{"app-access": {"stack": {"operations": [
  {"operation": "GET /api/users", "without": 401, "forged": 401, "restricted": true, "other": 200}]}}}
```

## Good (rehearsal)
```json facts.json
{"app-access": {"stack": {"operations": [
  {"operation": "GET /api/users", "without": 401, "forged": 401, "control": 200, "restricted": true, "other": 403},
  {"operation": "POST /api/login", "without": 401, "forged": 401, "public": true}]}}}
```

## Clean twin (rehearsal)
It hides what a stranger may not see, and shows it to its owner.
```json facts.json
{"app-access": {"stack": {"operations": [
  {"operation": "GET /api/orders/{id}", "without": 404, "forged": 404, "control": 200},
  {"operation": "GET /api/news", "without": 200, "forged": 200, "public": true}]}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.app._told import REFUSALS, cut_off, good, operation
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import APP_ACCESS
from flawless.model.observed_app import Access

_TO_LOGIN = frozenset({302, 303, 307})


def judge(view: View) -> Iterator[Finding]:
    """Whoever has no token, a forged one, or a lower role, is refused wherever it is not public."""
    accesses = view.get(APP_ACCESS)
    for each in accesses.operations:
        yield _answer(view, each)
    if accesses.roles:
        yield view.unclear(accesses.roles)
    yield from cut_off(view, accesses.left_out)


def _answer(view: View, each: Access) -> Finding:
    subject = operation(each.operation)
    if each.public:
        return view.ok("it is public", subject=subject)
    if good(each.without):
        remedy = f'ask for the login there; if it is for everybody, write public = ["{each.operation}"] under [app]'
        return view.fail(f"it answers {each.without} without a login", subject=subject, remedy=remedy)
    if good(each.forged):
        return view.fail(f"it answers {each.forged} to a forged token", subject=subject)
    if each.restricted and good(each.other):
        return view.fail(f"it answers {each.other} to the account that must not use it", subject=subject)
    return _refused(view, each, subject)


def _refused(view: View, each: Access, subject: str) -> Finding:
    """Nobody got in: whether that was because of the login."""
    if each.without in REFUSALS or each.without in _TO_LOGIN:
        lower = f", the lower role {each.other}" if each.other is not None else ""
        return view.ok(f"no token gets {each.without}, a forged one {each.forged}{lower}", subject=subject)
    if each.without == 404 and good(each.control):
        return view.ok("without a login it is not found", subject=subject)
    if each.without in (404, 405) and each.control in (404, 405):
        return view.skip(f"it answers {each.without} to everybody: it is not reached from outside", subject=subject)
    return view.unclear(f"it answers {each.without or 'nothing'} without a login, no refusal", subject=subject)


CHECK = Check(
    id="endpoint-unprotected",
    title="an operation that is not meant for everybody lets in whoever asks",
    severity=Severity.BLOCK,
    items=("C3.4", "F6"),
    rules=(Rule(Level.REHEARSAL, judge, scope=Scope.STACK, needs=(APP_ACCESS,)),),
    remedy="verify token and role in one place that every handler passes, and refuse by default",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 8.2.1 and 8.3.1",
)
