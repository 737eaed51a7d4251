"""Plain HTTP shows content where it should only lead to HTTPS.

Whoever types the name without ``https`` comes by plain HTTP first. Anything but a redirect there can be read and
changed on the way. The path of certificate validation (ACME, RFC 8555) has to stay plain.

## Bad (live)
```json facts.json
{"routes": {"stack": [{"url": "http://127.0.0.1:8080/", "path": "/", "status": 200}]}}
```

## Good (live)
```json facts.json
{"routes": {"stack": [{"url": "http://127.0.0.1:8080/", "path": "/", "status": 308,
  "headers": {"location": "https://127.0.0.1:8443/"}}]}}
```

## Clean twin (live)
```json facts.json
{"routes": {"stack": [
  {"url": "http://127.0.0.1:8080/", "path": "/", "status": 301, "headers": {"location": "https://127.0.0.1:8443/"}},
  {"url": "http://127.0.0.1:8080/.well-known/acme-challenge/x", "path": "/.well-known/acme-challenge/x", "status": 404}
]}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import ROUTES
from flawless.model.observed import RouteAnswer

ACME = "/.well-known/acme-challenge/"
_REDIRECTS = frozenset({301, 302, 307, 308})


def judge(view: View) -> Iterator[Finding]:
    """Each plain HTTP route answers with a redirect to HTTPS."""
    plain = [route for route in view.get(ROUTES) if route.url.startswith("http://") and not route.path.startswith(ACME)]
    if not plain:
        yield view.skip("nothing of the stack is reached by plain HTTP")
    for route in plain:
        yield _answer(view, route)


def _answer(view: View, route: RouteAnswer) -> Finding:
    subject = f"route:http:{route.path}"
    if not route.status:
        return view.unclear(f"{route.url} did not answer: {route.error or 'no reason was given'}", subject=subject)
    location = route.headers.get("location", "")
    if route.status not in _REDIRECTS:
        return view.fail(f"{route.url} answers {route.status} where it should redirect", subject=subject)
    if not location.lower().startswith("https://"):
        return view.fail(f"{route.url} redirects to {location or 'nowhere'}, not to HTTPS", subject=subject)
    return view.ok(f"{route.url} redirects to {location} ({route.status})", subject=subject)


CHECK = Check(
    id="http-not-redirected",
    title="plain HTTP is not redirected to HTTPS",
    severity=Severity.BLOCK,
    items=("S2.3",),
    rules=(Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(ROUTES,)),),
    remedy="let the plain server only say `return 308 https://$host$request_uri;`, besides the ACME location",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 12.2.1",
)
