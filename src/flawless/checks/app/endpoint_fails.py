"""An operation of the API fails, or answers what its description does not know.

A health endpoint that says "ok" tells nothing of the pages and calls that people use. Each operation of the OpenAPI
document is asked once through the proxy: live only those that read, in a throwaway copy all of them. Where there is no
document, the routes of flawless.toml are asked.

## Bad (live)
```json facts.json
{"app-reads": {"stack": {"exchanges": [
  {"operation": "GET /api/orders", "status": 500, "said": "relation \\"orders\\" does not exist"}]}}}
```

## Bad (live)
There is no document; the routes that are asked anyway tell it.
```json facts.json
{"app-reads": {"stack": {"exchanges": [], "source": ""}}, "routes": {"stack": [{"path": "/", "status": 502}]}}
```

## Good (live)
```json facts.json
{"app-reads": {"stack": {"exchanges": [{"operation": "GET /api/orders", "status": 200, "described": ["200"]}]}}}
```

## Clean twin (live)
A made-up number is not found, and nobody without a login gets in: both as they should.
```json facts.json
{"app-reads": {"stack": {"login": "no account is named", "exchanges": [
  {"operation": "GET /api/orders/{id}", "status": 404, "filled": true, "described": ["200", "404"]},
  {"operation": "GET /version", "status": 200},
  {"operation": "GET /api/users", "status": 401, "described": ["200"]}]}}}
```

## Bad (rehearsal)
```json facts.json
{"app-operations": {"stack": {"exchanges": [{"operation": "POST /api/orders", "status": 500, "logged_in": true}]}}}
```

## Bad (rehearsal)
```json facts.json
{"app-operations": {"stack": {"exchanges": [
  {"operation": "POST /api/orders", "status": 204, "described": ["201"], "logged_in": true}]}}}
```

## Good (rehearsal)
```json facts.json
{"app-operations": {"stack": {"exchanges": [
  {"operation": "POST /api/orders", "status": 422, "described": ["201"], "logged_in": true}]}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.app._told import REFUSALS, cut_off, operation
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import APP_OPERATIONS, APP_READS, ROUTES
from flawless.model.observed import UNTRUSTED, RouteAnswer
from flawless.model.observed_app import Exchange, Reads

_NOT_THERE = frozenset({404, 405})


def judge_live(view: View) -> Iterator[Finding]:
    """Each operation that reads answers as it is described."""
    yield from _judged(view, view.get(APP_READS), strict=False)


def judge_copy(view: View) -> Iterator[Finding]:
    """Each operation answers as it is described."""
    reads = view.get(APP_OPERATIONS)
    yield from _judged(view, reads, strict=True)
    yield from cut_off(view, reads.left_out)


def _judged(view: View, reads: Reads, *, strict: bool) -> Iterator[Finding]:
    """``strict``: an operation that needs a login which nobody gave was not looked at, and that is said."""
    for each in reads.exchanges:
        yield _answer(view, each, reads.login if strict else "")
    if not reads.exchanges:
        routes = view.get(ROUTES)
        yield from (_route(view, each) for each in routes)
        if not routes:
            yield view.skip("no operation is described, and no route is known")


def _answer(view: View, each: Exchange, login: str) -> Finding:
    subject, status = operation(each.operation), each.status
    if not status:
        return _silence(view, each.error or "no reason was given", subject)
    if status >= 500:
        return view.fail(f"it answers {status}{f': {each.said}' if each.said else ''}", subject=subject)
    if status in REFUSALS and not each.logged_in:
        said = f"it answers {status} without a login"
        return view.unclear(f"{said}: {login}", subject=subject) if login else view.ok(said, subject=subject)
    if status in _NOT_THERE and not _describes(each, status) and not each.filled:
        return view.skip(f"it answers {status}: it is not reached from outside", subject=subject)
    if status < 400 and each.described and not _describes(each, status):
        known = ", ".join(each.described)
        return view.fail(f"it answers {status}, and its description knows {known}", subject=subject)
    return view.ok(f"it answers {status}", subject=subject)


def _silence(view: View, error: str, subject: str) -> Finding:
    """Of a server whose certificate is none nothing was asked: that is another check's word."""
    if UNTRUSTED in error:
        return view.unclear(f"nothing was asked: {error}", subject=subject)
    return view.fail(f"it did not answer: {error}", subject=subject)


def _describes(each: Exchange, status: int) -> bool:
    names = {name.lower() for name in each.described}
    return bool(names & {str(status), f"{status // 100}xx", "default"})


def _route(view: View, route: RouteAnswer) -> Finding:
    subject = f"route:{route.url}"
    if not route.status:
        return view.unclear(f"{route.url} did not answer: {route.error or 'no reason was given'}", subject=subject)
    said = f"{route.url} answers {route.status}"
    return view.fail(said, subject=subject) if route.status >= 500 else view.ok(said, subject=subject)


CHECK = Check(
    id="endpoint-fails",
    title="an operation of the API fails",
    severity=Severity.BLOCK,
    items=("C1.4", "F2", "V2.3"),
    rules=(
        Rule(Level.REHEARSAL, judge_copy, scope=Scope.STACK, needs=(APP_OPERATIONS, ROUTES)),
        Rule(Level.LIVE, judge_live, scope=Scope.STACK, needs=(APP_READS, ROUTES)),
    ),
    remedy="look in the log of the backend at that time: flawless logs; describe what it may answer",
    doc=__doc__ or "",
    reference="OpenAPI 3.1, responses; RFC 9110, 15.6",
)
