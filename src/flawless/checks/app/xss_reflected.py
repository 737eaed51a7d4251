"""What somebody sends comes back as markup that a browser runs.

A link is then enough to act as whoever follows it. A marker of markup is sent in every parameter, and to an address
that does not exist: it must come back escaped, or in an answer whose type no browser takes for a page.

## Bad (rehearsal)
```json facts.json
{"app-reflections": {"stack": {"tried": [
  {"operation": "GET /search", "place": "query q", "status": 200, "came": "raw", "media": "text/html"}]}}}
```

## Good (rehearsal)
```json facts.json
{"app-reflections": {"stack": {"tried": [
  {"operation": "GET /search", "place": "query q", "status": 200, "came": "escaped", "media": "text/html"}]}}}
```

## Clean twin (rehearsal)
As it was sent, but as JSON, with the sniffing of types switched off.
```json facts.json
{"app-reflections": {"stack": {"tried": [
  {"operation": "GET /api/search", "place": "query q", "status": 200, "came": "data", "media": "application/json"}]}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.app._told import cut_off, operation
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import APP_REFLECTIONS
from flawless.model.observed_app import Reflection

_CAME = {
    "escaped": "comes back escaped",
    "data": "comes back as data, not as a page",
    "no": "does not come back",
}


def judge(view: View) -> Iterator[Finding]:
    """No marker comes back as markup."""
    reflections = view.get(APP_REFLECTIONS)
    for each in reflections.tried:
        yield _answer(view, each, reflections.login)
    if not reflections.tried:
        yield view.skip("nothing takes text")
    yield from cut_off(view, reflections.left_out)


def _answer(view: View, each: Reflection, login: str) -> Finding:
    subject = operation(each.operation)
    if each.came == "raw":
        media, policy = each.media or "no type", "" if each.policy else ", and no Content-Security-Policy"
        return view.fail(f"markup in {each.place} comes back as it was sent ({media}{policy})", subject=subject)
    if each.came == "no" and not each.reached:
        why = login if login and each.status in (401, 403) else f"it answers {each.status or 'nothing'}"
        return view.unclear(f"{each.place} was not reached: {why}", subject=subject)
    return view.ok(f"markup in {each.place} {_CAME[each.came]}", subject=subject)


CHECK = Check(
    id="xss-reflected",
    title="what somebody sends comes back as markup",
    severity=Severity.BLOCK,
    items=("S3.5",),
    rules=(Rule(Level.REHEARSAL, judge, scope=Scope.STACK, needs=(APP_REFLECTIONS,)),),
    remedy="let the template escape it; answer data as application/json with X-Content-Type-Options: nosniff",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 1.2.1 and 3.2.1; CWE-79",
)
