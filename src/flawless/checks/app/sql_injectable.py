"""A parameter becomes part of an SQL statement.

Whoever asks then reads and changes whatever the database account may. Three signs tell it, each in a pair of requests
that differ in one thing: a quote that breaks the statement, a condition that decides what comes back, and a pause that
the database makes.

## Bad (rehearsal)
```json facts.json
{"app-injections": {"stack": {"tried": [
  {"operation": "GET /api/orders", "place": "query q", "error": "a quote gets 500, two quotes 200"}]}}}
```

## Bad (rehearsal)
```json facts.json
{"app-injections": {"stack": {"tried": [
  {"operation": "GET /api/orders", "place": "query q", "boolean": "' OR '1'='1 is answered unlike ' OR '1'='2"}]}}}
```

## Good (rehearsal)
```json facts.json
{"app-injections": {"stack": {"tried": [{"operation": "GET /api/orders", "place": "query q"}]}}}
```

## Clean twin (rehearsal)
Nothing takes text.
```json facts.json
{"app-injections": {"stack": {"tried": []}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.app._told import cut_off, operation
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import APP_INJECTIONS
from flawless.model.observed_app import Injection


def judge(view: View) -> Iterator[Finding]:
    """No parameter shows any of the three signs."""
    injections = view.get(APP_INJECTIONS)
    for each in injections.tried:
        yield _answer(view, each, injections.login)
    if not injections.tried:
        yield view.skip("no operation takes text")
    yield from cut_off(view, injections.left_out)


def _answer(view: View, each: Injection, login: str) -> Finding:
    subject = operation(each.operation)
    signs = [sign for sign in (each.error, each.boolean, each.time) if sign]
    if signs:
        return view.fail(f"{each.place}: {'; '.join(signs)}", subject=subject)
    if not each.reached:
        return view.unclear(
            f"{each.place} was not reached: {login or 'a refusal or a limit came first'}", subject=subject
        )
    if each.unsteady:
        return view.unclear(f"{each.place}: the same request is answered in two ways", subject=subject)
    return view.ok(f"{each.place}: no quote, condition or pause does anything", subject=subject)


CHECK = Check(
    id="sql-injectable",
    title="a parameter becomes part of an SQL statement",
    severity=Severity.BLOCK,
    items=("S3.4",),
    rules=(Rule(Level.REHEARSAL, judge, scope=Scope.STACK, needs=(APP_INJECTIONS,)),),
    remedy="hand values over as parameters of the statement, never inside its text",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 1.2.4; CWE-89",
)
