"""A route answers without the headers that protect its visitors.

Every route is looked at, errors and the API too: that is where nginx drops inherited headers. Asked for are
Strict-Transport-Security for six months at least (HTTPS only), Content-Security-Policy, X-Content-Type-Options
``nosniff``, protection against framing, Referrer-Policy and Permissions-Policy, and no version in ``Server``.
A redirect shows no page: only its Strict-Transport-Security counts.

## Bad (live)
```json facts.json
{"routes": {"stack": [{"headers": {"server": "nginx/1.22.1", "content-type": "text/html"}}]}}
```

## Good (live)
```json facts.json
{"routes": {"stack": [{"path": "/"}, {"path": "/health"}]}}
```

## Clean twin (live)
frame-ancestors does what X-Frame-Options did, and a Server without a version tells nothing.
```json facts.json
{"routes": {"stack": [{"headers": {
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "content-security-policy": "default-src 'self'; frame-ancestors 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "permissions-policy": "camera=()",
  "server": "nginx"}}]}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import ROUTES
from flawless.model.observed import RouteAnswer
from flawless.model.stack import Role

HALF_A_YEAR = 15_552_000
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d+)", re.IGNORECASE)


def judge(view: View) -> Iterator[Finding]:
    """Each HTTPS route has every header; without HTTPS, each plain route that shows something."""
    answered = [route for route in view.get(ROUTES) if route.status]
    secure = [route for route in answered if route.url.startswith("https://")]
    shown = secure or [route for route in answered if not _redirects(route)]
    for route in shown:
        yield _answer(view, route)
    if not shown and view.stack.with_role(Role.PROXY):
        yield view.unclear("no route answered, so no header was seen")
    elif not shown:
        yield view.skip("the stack has no proxy")


def _redirects(route: RouteAnswer) -> bool:
    return 300 <= route.status < 400


def _answer(view: View, route: RouteAnswer) -> Finding:
    subject = f"route:{route.path}"
    faults = list(_faults(route))
    if faults:
        return view.fail(f"{route.url} (status {route.status}): {'; '.join(faults)}", subject=subject)
    return view.ok(f"{route.url} has every security header", subject=subject)


def _faults(route: RouteAnswer) -> Iterator[str]:
    headers = route.headers
    if route.url.startswith("https://") and _max_age(headers) < HALF_A_YEAR:
        yield "no Strict-Transport-Security of six months or more"
    if not _redirects(route):
        yield from _page_faults(headers)
    if re.search(r"/\d", headers.get("server", "")):
        yield f"Server tells the version: {headers['server']}"


def _page_faults(headers: Mapping[str, str]) -> Iterator[str]:
    policy = headers.get("content-security-policy", "")
    if not policy:
        yield "no Content-Security-Policy"
    if headers.get("x-content-type-options", "").strip().lower() != "nosniff":
        yield "no X-Content-Type-Options: nosniff"
    framing = headers.get("x-frame-options", "").strip().lower()
    if "frame-ancestors" not in policy.lower() and framing not in ("deny", "sameorigin"):
        yield "neither frame-ancestors nor X-Frame-Options"
    if headers.get("referrer-policy", "unsafe-url").strip().lower() == "unsafe-url":
        yield "no Referrer-Policy that keeps addresses private"
    if not headers.get("permissions-policy"):
        yield "no Permissions-Policy"


def _max_age(headers: Mapping[str, str]) -> int:
    found = _MAX_AGE.search(headers.get("strict-transport-security", ""))
    return int(found[1]) if found else 0


CHECK = Check(
    id="security-headers-missing",
    title="a route answers without security headers",
    severity=Severity.BLOCK,
    items=("V3.5", "C3.2"),
    rules=(Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(ROUTES,)),),
    remedy="add the headers at the proxy, with `always`, for every server and location",
    doc=__doc__ or "",
    reference="MDN HTTP Observatory; OWASP Secure Headers Project",
)
