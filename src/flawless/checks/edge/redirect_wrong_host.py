"""A redirect sends visitors to another name than they asked for.

``$server_name`` is the first name of the server block, whatever the visitor asked for. With several names all of
them land on the first; with ``_`` or without a name the redirect leads nowhere.

## Bad
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
```
```nginx nginx.conf
events {}
http {
  server {
    listen 80;
    server_name www.example.com admin.example.com;
    return 301 https://$server_name$request_uri;
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
```
```nginx nginx.conf
events {}
http {
  server {
    listen 80;
    server_name www.example.com admin.example.com;
    return 301 https://$host$request_uri;
  }
}
```

## Clean twin
One name: there is no other to lose.
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
```
```nginx nginx.conf
events {}
http {
  server {
    listen 80;
    server_name www.example.com;
    return 301 https://$server_name$request_uri;
  }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.edge._shared import Spot, spots
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import PROXY_CONFIG
from flawless.model.stack import Role

_VARIABLE = ("$server_name", "${server_name}")


def judge(view: View) -> Iterator[Finding]:
    """Redirects that use ``$server_name`` stand in servers of one real name."""
    found = [spot for spot in spots(view.get(PROXY_CONFIG), "return", "rewrite") if _uses_name(spot)]
    for spot in found:
        yield _answer(view, spot)
    if not found:
        yield view.ok("no redirect uses $server_name")


def _uses_name(spot: Spot) -> bool:
    return any(variable in argument for argument in spot.directive.args for variable in _VARIABLE)


def _answer(view: View, spot: Spot) -> Finding:
    server = spot.inside("server")
    names = [name for line in (server.children("server_name") if server else ()) for name in line.args]
    at = spot.directive.origin
    if len(names) > 1:
        return view.fail(f"visitors of {', '.join(names[1:])} are sent to {names[0]}", at=at)
    if not names or names[0] in ("_", "") or names[0][0] in "~*.":
        return view.fail("the server has no single name that $server_name could stand for", at=at)
    return view.ok(f"the only name is {names[0]}", at=at)


CHECK = Check(
    id="redirect-wrong-host",
    title="a redirect sends visitors to another name",
    severity=Severity.BLOCK,
    items=("V2.5",),
    rules=(Rule(Level.FILES, judge, needs=(PROXY_CONFIG,), roles=(Role.PROXY,)),),
    remedy="use $host, the name that was asked for, in place of $server_name",
    doc=__doc__ or "",
)
