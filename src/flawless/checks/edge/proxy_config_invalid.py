"""The proxy's configuration cannot be loaded.

nginx refuses the whole configuration for one wrong directive. The container then restarts for ever, and every
other service looks healthy behind it.

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
  server { listen 80; }
  location / { return 404; }
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
    location / { return 404; }
  }
}
```

## Clean twin
One level below, a directive may stand again.
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
  proxy_read_timeout 20s;
  server {
    listen 80;
    location /slow { proxy_read_timeout 60s; return 404; }
  }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import PROXY_CONFIG
from flawless.model.stack import Role


def judge(view: View) -> Iterator[Finding]:
    """The parser found no fault."""
    config = view.get(PROXY_CONFIG)
    for problem in config.problems:
        yield view.fail(problem.message, at=problem.origin)
    if not config.problems:
        count = sum(1 for _ in config.root.walk()) - 1
        yield view.ok(f"{count} directives in {', '.join(config.files)} were read without a fault")


CHECK = Check(
    id="proxy-config-invalid",
    title="the proxy's configuration cannot be loaded",
    severity=Severity.BLOCK,
    items=("P4.4",),
    rules=(Rule(Level.FILES, judge, needs=(PROXY_CONFIG,), roles=(Role.PROXY,)),),
    remedy="correct that line; `nginx -t` in the proxy's image says the same",
    doc=__doc__ or "",
)
