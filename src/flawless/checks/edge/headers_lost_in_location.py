"""A location drops the security headers of its server.

nginx inherits ``add_header`` from the level above only while a level has none of its own. One header for one
location takes away all of the server's, in silence and for that path alone.

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
    add_header X-Content-Type-Options nosniff always;
    location / { return 200; }
    location /files/ { add_header Cache-Control no-store; }
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
    add_header X-Content-Type-Options nosniff always;
    location /files/ {
      add_header X-Content-Type-Options nosniff always;
      add_header Cache-Control no-store;
    }
  }
}
```

## Clean twin
What the server adds here is no security header.
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
    add_header X-Served-By proxy;
    location /files/ { add_header Cache-Control no-store; }
  }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.edge._shared import Spot, spots
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import PROXY_CONFIG
from flawless.model.nginx import Directive
from flawless.model.stack import Role

SECURITY = frozenset(
    {
        "strict-transport-security",
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "permissions-policy",
    }
)
_LEVELS = ("server", "location", "if")


def judge(view: View) -> Iterator[Finding]:
    """Each level with headers of its own repeats the security headers it would have inherited."""
    config = view.get(PROXY_CONFIG)
    own = [spot for spot in spots(config, *_LEVELS) if spot.directive.children("add_header")]
    lost = [(spot, names) for spot in own if (names := _lost(spot))]
    for spot, names in lost:
        where = " ".join((spot.directive.name, *spot.directive.args))
        at = spot.directive.children("add_header")[0].origin
        yield view.fail(f"{where} has headers of its own and so loses {', '.join(sorted(names))}", at=at)
    if not lost:
        yield view.ok(f"{len(own)} blocks have headers of their own, none loses a security header")


def _lost(spot: Spot) -> set[str]:
    if _merges(spot):
        return set()
    return (_names(spot.in_force("add_header")) & SECURITY) - _names(spot.directive.children("add_header"))


def _merges(spot: Spot) -> bool:
    """Whether nginx 1.29.3 or newer is told to add to what is inherited."""
    said = spot.directive.children("add_header_inherit") or spot.in_force("add_header_inherit")
    return bool(said) and said[-1].args == ("merge",)


def _names(headers: tuple[Directive, ...]) -> set[str]:
    return {header.args[0].lower() for header in headers if header.args}


CHECK = Check(
    id="headers-lost-in-location",
    title="a location drops the security headers of its server",
    severity=Severity.BLOCK,
    items=("V3.5",),
    rules=(Rule(Level.FILES, judge, needs=(PROXY_CONFIG,), roles=(Role.PROXY,)),),
    remedy="put the security headers in a file and `include` it in every block that has an add_header of its own",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 3.4.1 and 3.4.3 to 3.4.6; "
    "https://nginx.org/en/docs/http/ngx_http_headers_module.html#add_header",
)
