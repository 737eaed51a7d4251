"""The proxy passes requests to where nobody is.

The name must be a service, alias or container name on a network that the proxy shares, and the port one that the
service listens on. With a wrong name nginx does not even start; with a wrong port every request ends in 502.

## Bad
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
  backend:
    image: example/backend:1
    expose: ["8081"]
```
```nginx nginx.conf
events {}
http {
  server {
    listen 80;
    location / { proxy_pass http://backend:3000; }
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
    expose: ["8081"]
```
```nginx nginx.conf
events {}
http {
  server {
    listen 80;
    location / { proxy_pass http://backend:8081; }
  }
}
```

## Clean twin
An alias on the shared network is as good a name, and a server outside the stack is none of its services.
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
    networks: [app]
  backend:
    image: example/backend:1
    networks: {app: {aliases: [api]}}
networks: {app: {internal: true}}
```
```nginx nginx.conf
events {}
http {
  server {
    listen 80;
    location /api/ { proxy_pass http://api:8081; }
    location /maps/ { proxy_pass https://maps.example.com; }
  }
}
```

## Bad (rehearsal)
```json facts.json
{"routes": {"stack": [{"path": "/api/health", "status": 502}]}}
```

## Good (rehearsal)
```json facts.json
{"routes": {"stack": [{"path": "/", "status": 200}, {"path": "/health", "status": 200}]}}
```

## Bad (live)
```json facts.json
{"routes": {"stack": [{"path": "/", "status": 502}]}}
```

## Good (live)
```json facts.json
{"routes": {"stack": [{"path": "/", "status": 200}, {"path": "/nowhere", "status": 404}]}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.edge._shared import Target, is_peer, targets
from flawless.checks.network._listening import listening
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import PROGRAMS, PROXIES, PROXY_CONFIG, ROUTES
from flawless.model.observed import UNTRUSTED, RouteAnswer
from flawless.model.stack import Role, Service

_NOBODY_THERE = frozenset({0, 502, 503, 504})
_OWN_URL = re.compile(r"(?:https?://)(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?")


def judge_files(view: View) -> Iterator[Finding]:
    """Each target is a service on a shared network and a port that it listens on."""
    found = {(target.host, target.port, target.origin): target for target in targets(view.get(PROXY_CONFIG))}
    if not found:
        yield view.skip("the proxy passes nothing on")
    for target in found.values():
        yield _answer(view, target)


def _answer(view: View, target: Target) -> Finding:
    at = target.origin
    if not target.host:
        return view.unclear(f"the files do not tell where {target.spot.directive.args[0]} leads", at=at)
    peer = view.stack.named(target.host, view.service)
    if peer is None and not is_peer(target.host, view.service, view.stack):
        return view.ok(f"{target.host} is outside the stack", at=at)
    if peer is None:
        return _nobody(view, target)
    found = listening(view, peer)
    ports = found.certain or found.declared | _asked_by_health(peer)
    if target.port and ports and target.port not in ports:
        listens = ", ".join(map(str, sorted(ports)))
        why = f" ({found.why})" if found.certain else ""
        return view.fail(f"{target.host} is asked on port {target.port}, and listens on {listens}{why}", at=at)
    return view.ok(f"{target.host}:{target.port} is {peer.name}, on a shared network", at=at)


def _nobody(view: View, target: Target) -> Finding:
    host, at = target.host, target.origin
    if known := next((service for service in view.stack.services if _is_called(service, host)), None):
        return view.fail(f"{host} is {known.name}, but shares no network with {view.service.name}", at=at)
    outside = [net.name for net in view.stack.networks if net.external and view.service.names(net.name)]
    if outside:
        return view.unclear(f"no service here is called {host}; it may be on {', '.join(outside)}", at=at)
    return view.fail(f"no service is called {host}", at=at)


def _is_called(service: Service, host: str) -> bool:
    return host in (service.name, service.container_name) or any(host in net.aliases for net in service.networks)


def _asked_by_health(service: Service) -> set[int]:
    """Ports that the service's own healthcheck asks."""
    urls = _OWN_URL.finditer(" ".join(service.health.test) if service.health else "")
    return {int(url[1]) if url[1] else 443 if url[0].startswith("https") else 80 for url in urls}


def judge_live(view: View) -> Iterator[Finding]:
    """Every route through the proxy is answered by somebody behind it."""
    routes = view.get(ROUTES)
    for route in routes:
        yield _reached(view, route)
    if not routes and view.stack.with_role(Role.PROXY):
        yield view.unclear("no route through the proxy was asked")
    elif not routes:
        yield view.skip("the stack has no proxy")


def _reached(view: View, route: RouteAnswer) -> Finding:
    subject = f"route:{route.url.partition('://')[0]}:{route.path}"
    if UNTRUSTED in route.error:
        return view.unclear(f"nothing was asked: {route.error}", subject=subject)
    if route.status in _NOBODY_THERE:
        said = f"answered {route.status}" if route.status else f"did not answer: {route.error}"
        return view.fail(f"{route.url} {said}", subject=subject)
    return view.ok(f"{route.url} answered {route.status} in {route.seconds:.2f} s", subject=subject)


CHECK = Check(
    id="proxy-upstream-unreachable",
    title="the proxy passes requests to where nobody is",
    severity=Severity.BLOCK,
    items=("P4.4", "V2.5"),
    rules=(
        Rule(Level.FILES, judge_files, needs=(PROXY_CONFIG, PROGRAMS, PROXIES), roles=(Role.PROXY,)),
        Rule(Level.REHEARSAL, judge_live, scope=Scope.STACK, needs=(ROUTES,)),
        Rule(Level.LIVE, judge_live, scope=Scope.STACK, needs=(ROUTES,)),
    ),
    remedy="make the name, the port and the networks of proxy and service agree; then look at the service's own logs",
    doc=__doc__ or "",
)
