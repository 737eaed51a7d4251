"""The proxy looks an upstream's address up once and never again.

nginx resolves a literal host name when it loads its configuration. A replaced container has a new address, and
the proxy answers 502 until somebody reloads it. A variable in ``proxy_pass`` together with ``resolver``, or
``resolve`` on the upstream's server (nginx 1.27.3 or newer), makes it look again.

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
    location / { proxy_pass http://backend:8081; }
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
  resolver 127.0.0.11 valid=5s;
  server {
    listen 80;
    set $backend backend;
    location / { proxy_pass http://$backend:8081; }
  }
}
```

## Clean twin
A host that is no service of the stack is not replaced by a deploy.
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
    listen 80;
    location / { proxy_pass https://archive.example.com; }
  }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.edge._shared import Target, is_peer, targets
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import PROXY_CONFIG
from flawless.model.stack import Role


def judge(view: View) -> Iterator[Finding]:
    """Every host of the stack that requests are passed to is looked up again while nginx runs."""
    passed = targets(view.get(PROXY_CONFIG))
    found = {(target.host, target.origin): target for target in passed if _concerns(target, view)}
    if not found:
        yield view.skip("the proxy passes nothing on to a service")
    for target in found.values():
        yield _answer(view, target)


def _concerns(target: Target, view: View) -> bool:
    return target.by_variable or is_peer(target.host, view.service, view.stack)


def _answer(view: View, target: Target) -> Finding:
    name = target.host or target.spot.directive.args[0]
    literal = target.server is not None or not target.by_variable
    if literal and "resolve" not in (target.server.args if target.server else ()):
        return view.fail(f"{name} is looked up once, when nginx loads its configuration", at=target.origin)
    if not (target.spot.in_force("resolver") or _resolver_of(target)):
        return view.fail(f"{name} is to be looked up while nginx runs, but no resolver is set", at=target.origin)
    return view.ok(f"{name} is looked up again while nginx runs", at=target.origin)


def _resolver_of(target: Target) -> bool:
    """An upstream block may have a resolver of its own."""
    return any(
        upstream.children("resolver")
        for block in target.spot.around
        for upstream in block.children("upstream")
        if target.server in upstream.block
    )


CHECK = Check(
    id="upstream-resolved-once",
    title="the proxy looks an upstream's address up only once",
    severity=Severity.BLOCK,
    items=("P4.4", "V2.5"),
    rules=(Rule(Level.FILES, judge, needs=(PROXY_CONFIG,), roles=(Role.PROXY,)),),
    remedy="add `resolver 127.0.0.11 valid=5s;` and pass to a variable: `set $name backend; proxy_pass http://$name:8081;`",
    doc=__doc__ or "",
    reference="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",
)
