"""The proxy's configuration cannot be loaded.

nginx refuses the whole configuration for one wrong directive. The container then restarts for ever, and every
other service looks healthy behind it. A parser knows no modules, no files and no names: in a rehearsal nginx itself
is asked, in its image, with its mounts and on its network.

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

## Bad (rehearsal)
```json facts.json
{"config-test": {"service:nginx": {"status": 1, "output": [
  "nginx: [emerg] host not found in upstream \\"api\\" in /etc/nginx/nginx.conf:12"]}}}
```

## Good (rehearsal)
```json facts.json
{"config-test": {"service:nginx": {"status": 0, "output": ["nginx.conf test is successful"]}}}
```

## Clean twin (rehearsal)
```json facts.json
{"config-test": {"service:nginx": {"reason": "it has no nginx that could be asked"}}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import CONFIG_TEST, PROXY_CONFIG
from flawless.model.stack import Role

_NOT_FOUND = re.compile(r'host not found in \w+ "([^":]+)')


def judge(view: View) -> Iterator[Finding]:
    """The parser found no fault."""
    config = view.get(PROXY_CONFIG)
    for problem in config.problems:
        yield view.fail(problem.message, at=problem.origin)
    if not config.problems:
        count = sum(1 for _ in config.root.walk()) - 1
        yield view.ok(f"{count} directives in {', '.join(config.files)} were read without a fault")


def judge_test(view: View) -> Iterator[Finding]:
    """nginx accepts its configuration; a name that it cannot find tells nothing where nobody of that name could run."""
    found = view.get(CONFIG_TEST)
    said = next(
        (line for line in found.output if "[emerg]" in line), found.output[-1] if found.output else "it said nothing"
    )
    if found.reason:
        yield view.skip(found.reason)
    elif not found.status:
        yield view.ok("nginx -t accepts it, in its own image, with its mounts and on its network")
    elif (absent := _NOT_FOUND.search(said)) and (absent[1] in found.away or "." in absent[1]):
        yield view.unclear(f"{said}: nobody of that name could be reached in the throwaway copy")
    else:
        yield view.fail(said)


CHECK = Check(
    id="proxy-config-invalid",
    title="the proxy's configuration cannot be loaded",
    severity=Severity.BLOCK,
    items=("P4.4",),
    rules=(
        Rule(Level.FILES, judge, needs=(PROXY_CONFIG,), roles=(Role.PROXY,)),
        Rule(Level.REHEARSAL, judge_test, needs=(CONFIG_TEST,), roles=(Role.PROXY,)),
    ),
    remedy="correct that line; `nginx -t` in the proxy's image says the same",
    doc=__doc__ or "",
)
