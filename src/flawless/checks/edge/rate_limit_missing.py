"""Login or API take any number of requests from one client.

Without ``limit_req`` or ``limit_conn`` a password can be guessed as fast as the backend answers, and one client
can use up all of it. A limit whose key is the same for everybody is as bad: the first greedy client locks out the rest.

## Bad
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
  backend:
    image: example/backend:1
```
```nginx nginx.conf
events {}
http {
  server {
    listen 80;
    location /api/ { proxy_pass http://backend:8081; }
  }
}
```

## Good
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
  backend:
    image: example/backend:1
```
```nginx nginx.conf
events {}
http {
  limit_req_zone $binary_remote_addr zone=api:4m rate=20r/s;
  server {
    listen 80;
    location /api/ {
      limit_req zone=api burst=40 nodelay;
      proxy_pass http://backend:8081;
    }
  }
}
```

## Clean twin
The limit stands in the server and holds for all its locations; the health route needs none.
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
  backend:
    image: example/backend:1
```
```nginx nginx.conf
events {}
http {
  limit_req_zone $binary_remote_addr zone=all:4m rate=20r/s;
  server {
    listen 80;
    limit_req zone=all burst=40;
    location = /health { proxy_pass http://backend:8081; }
    location /api/ { proxy_pass http://backend:8081; }
  }
}
```

## Bad (live)
```json facts.json
{"app-limits": {"stack": [{"sent": 150, "after": null, "statuses": {"401": 150}}]}}
```

## Bad (live)
The key is the proxy's own address: another client is refused too.
```json facts.json
{"app-limits": {"stack": [{"other": 429}]}}
```

## Bad (live)
Whoever writes another address into a header is another client.
```json facts.json
{"app-limits": {"stack": [{"forged": 401}]}}
```

## Good (live)
```json facts.json
{"app-limits": {"stack": [{"after": 20, "forged": 429, "other": 401}]}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.edge._shared import Spot, Target, targets
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import APP_LIMITS, PROXY_CONFIG
from flawless.model.nginx import Directive, NginxConfig
from flawless.model.observed_app import LimitTrial
from flawless.model.stack import Role

_SAYS_NO = frozenset({429, 503})
_GUARDED = re.compile(
    r"(?:^|[/|(])(?:api|auth|log-?in|sign-?in|sign-?up|token|session|oauth|password|graphql)", re.IGNORECASE
)
_HARMLESS = re.compile(
    r"health|ping|ready|live|status|version|metrics|docs|openapi|favicon|robots|static|assets|media|/ws|socket",
    re.IGNORECASE,
)
_ADDRESS_KEYS = frozenset({"$binary_remote_addr", "$remote_addr"})
_SHARED_KEYS = frozenset({"$server_addr", "$server_name", "$server_port", "$host", "$http_host", "$proxy_host"})


def judge(view: View) -> Iterator[Finding]:
    """Each location that leads to login or API has a limit, and the limit's key tells clients apart."""
    config = view.get(PROXY_CONFIG)
    guarded = {id(target.spot.directive): target.spot for target in targets(config) if _needs_limit(view, target)}
    if not guarded:
        yield view.skip("the proxy leads to no login and no API")
    for spot in guarded.values():
        yield _answer(view, config, spot)


def _needs_limit(view: View, target: Target) -> bool:
    path = _path(target.spot)
    if path.startswith("= ") and _HARMLESS.search(path):
        return False
    if _GUARDED.search(path):
        return True
    peer = view.stack.named(target.host, view.service)
    catches_all = not path.startswith("= ") and not _HARMLESS.search(path)
    return catches_all and peer is not None and peer.role is Role.BACKEND


def _path(spot: Spot) -> str:
    location = spot.inside("location")
    return " ".join(location.args) if location else "/"


def _answer(view: View, config: NginxConfig, spot: Spot) -> Finding:
    path, at = _path(spot), spot.directive.origin
    limits = (*spot.in_force("limit_req"), *spot.in_force("limit_conn"))
    if not limits:
        return view.fail(f"location {path} has no limit", at=at, absent=True)
    if any(line.args[:1] == ("on",) for line in spot.in_force("limit_req_dry_run")):
        return view.fail(f"the limit of location {path} only counts (limit_req_dry_run)", at=limits[0].origin)
    shared = [zone for zone in _zones(config) if _counts_all_as_one(view, config, zone) and _is_used(zone, limits)]
    if shared:
        return view.fail(
            f"the limit of location {path} counts all clients as one: {shared[0].args[0]}", at=shared[0].origin
        )
    return view.ok(f"location {path} is limited", at=limits[0].origin)


def _counts_all_as_one(view: View, config: NginxConfig, zone: Directive) -> bool:
    """A key that is the same for everybody; behind another proxy of the stack the address is that proxy's."""
    key = zone.args[0]
    if key in _SHARED_KEYS or "$" not in key:
        return True
    return key in _ADDRESS_KEYS and _is_behind(view) and not config.find("set_real_ip_from")


def _is_behind(view: View) -> bool:
    """Whether nothing is published here, and another proxy of the stack is and shares a network."""
    if view.service.ports or view.service.network_mode == "host":
        return False
    others = (each for each in view.stack.with_role(Role.PROXY) if each.name != view.service.name and each.ports)
    return any(view.stack.shared_networks(view.service, other) for other in others)


def _zones(config: NginxConfig) -> list[Directive]:
    found = (*config.find("limit_req_zone"), *config.find("limit_conn_zone"))
    return [zone for zone in found if zone.args]


def _is_used(zone: Directive, limits: tuple[Directive, ...]) -> bool:
    names = {argument.removeprefix("zone=").partition(":")[0] for argument in zone.args if argument.startswith("zone=")}
    return any(argument.removeprefix("zone=") in names for limit in limits for argument in limit.args)


def judge_live(view: View) -> Iterator[Finding]:
    """Requests in a row are refused at some number, for the one who sends them and for nobody else."""
    trials = view.get(APP_LIMITS)
    for each in trials:
        yield _limited(view, each)
    if not trials:
        yield view.skip("no route is to be limited")


def _limited(view: View, each: LimitTrial) -> Finding:
    subject = f"operation:{each.route}"
    if not any(int(status) for status in each.statuses):
        return view.unclear("it did not answer", subject=subject)
    if each.after is None:
        answers = ", ".join(f"{count} times {status}" for status, count in sorted(each.statuses.items()))
        return view.fail(f"{each.sent} requests in a row, and none was refused: {answers}", subject=subject)
    said = f"refused after {each.after} requests"
    if each.other in _SAYS_NO:
        return view.fail(f"{said}, and so is a client elsewhere ({each.other}): all count as one", subject=subject)
    if each.forged is not None and each.forged not in _SAYS_NO:
        return view.fail(f"{said}, but not with another X-Forwarded-For ({each.forged})", subject=subject)
    if each.other is None:
        return view.unclear(f"{said}; whether others still pass is not known: {each.alone}", subject=subject)
    return view.ok(f"{said}; a client elsewhere gets {each.other}", subject=subject)


CHECK = Check(
    id="rate-limit-missing",
    title="login or API take any number of requests from one client",
    severity=Severity.BLOCK,
    items=("S2.5",),
    rules=(
        Rule(Level.FILES, judge, needs=(PROXY_CONFIG,), roles=(Role.PROXY,)),
        Rule(Level.LIVE, judge_live, scope=Scope.STACK, needs=(APP_LIMITS,), active=True),
    ),
    remedy="write `limit_req_zone $binary_remote_addr zone=api:4m rate=20r/s;` and `limit_req zone=api burst=40;`",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 2.4.1 and 6.3.1",
)
