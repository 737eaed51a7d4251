"""A route answers without the headers that protect its visitors.

Every route is looked at, errors and the API too: that is where nginx drops inherited headers. Asked for are
Strict-Transport-Security for six months at least (HTTPS only), Content-Security-Policy, X-Content-Type-Options
``nosniff``, protection against framing, Referrer-Policy and Permissions-Policy, and no version in ``Server``.
A redirect shows no page: only its Strict-Transport-Security counts. The files decide for what nginx answers by
itself; what a service behind it adds, only an answer shows.

## Bad
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["443:443"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
```
```nginx nginx.conf
events {}
http {
  server {
    listen 443 ssl;
    root /srv/public;
    add_header X-Content-Type-Options nosniff always;
  }
}
```

## Good
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["443:443"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
```
```nginx nginx.conf
events {}
http {
  server_tokens off;
  server {
    listen 443 ssl;
    root /srv/public;
    add_header Strict-Transport-Security "max-age=63072000" always;
    add_header Content-Security-Policy "default-src 'self'; frame-ancestors 'none'" always;
    add_header X-Content-Type-Options nosniff always;
    add_header Referrer-Policy no-referrer always;
    add_header Permissions-Policy "camera=()" always;
  }
}
```

## Clean twin
Headers of the http block reach every server, and a redirect shows no page.
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["443:443"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
```
```nginx nginx.conf
events {}
http {
  server_tokens off;
  add_header Strict-Transport-Security "max-age=63072000" always;
  add_header Content-Security-Policy "default-src 'self'; frame-ancestors 'none'" always;
  add_header X-Content-Type-Options nosniff always;
  add_header Referrer-Policy no-referrer always;
  add_header Permissions-Policy "camera=()" always;
  server { listen 80; return 308 https://$host$request_uri; }
  server { listen 443 ssl; root /srv/public; }
}
```

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

from flawless.checks.edge._served import shows_pages, speaks_tls
from flawless.checks.edge._shared import PASSES, Spot, spots
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import PROXY_CONFIG, ROUTES
from flawless.model.observed import RouteAnswer
from flawless.model.stack import Role

_ASKED = frozenset(
    {
        "strict-transport-security",
        "content-security-policy",
        "x-content-type-options",
        "referrer-policy",
        "permissions-policy",
    }
)
HALF_A_YEAR = 15_552_000
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d+)", re.IGNORECASE)


def judge_files(view: View) -> Iterator[Finding]:
    """Each server that speaks TLS (without one, each that shows pages) adds every header to all of its answers."""
    config = view.get(PROXY_CONFIG)
    servers = [spot for spot in spots(config, "server") if shows_pages(spot.directive)]
    secure = [spot for spot in servers if speaks_tls(spot.directive)]
    for spot in secure or servers:
        yield _server(view, spot)
    if not servers:
        yield view.skip("no server of the proxy shows pages")


def _server(view: View, spot: Spot) -> Finding:
    inside = Spot(spot.directive, (*spot.around, spot.directive))
    added = {line.args[0].lower(): " ".join(line.args[1:]) for line in inside.in_force("add_header") if line.args[1:]}
    headers = {name: value.removesuffix(" always") for name, value in added.items()}
    known = RouteAnswer(f"{'https' if speaks_tls(spot.directive) else 'http'}://", "", 200, 0.0, headers, "", "")
    faults = list(_faults(known))
    at = spot.directive.origin
    tokens = inside.in_force("server_tokens")
    if not tokens or tokens[-1].args[:1] == ("on",):
        said = "; ".join(("Server tells the version (server_tokens is on)", *faults))
        return view.fail(said, at=at, absent=not tokens)
    only_good = sorted(name for name, value in added.items() if name in _ASKED and not value.endswith(" always"))
    if only_good:
        return view.fail(f"errors go without {', '.join(only_good)}: `always` is missing", at=at)
    if faults and any(each.name in PASSES for each in spot.directive.walk()):
        said = f"from the proxy: {'; '.join(faults)}; whether the services behind it add them, only an answer shows"
        return view.unclear(said, at=at)
    if faults:
        return view.fail("; ".join(faults), at=at, absent=True)
    return view.ok("every header is added, to errors too", at=at)


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
    rules=(
        Rule(Level.FILES, judge_files, needs=(PROXY_CONFIG,), roles=(Role.PROXY,)),
        Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(ROUTES,)),
    ),
    remedy="add the headers at the proxy, with `always`, for every server and location",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 3.4.1, 3.4.3 to 3.4.6 and 13.4.6; MDN HTTP Observatory",
)
