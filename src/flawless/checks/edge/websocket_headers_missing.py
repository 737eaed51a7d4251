"""A WebSocket route loses its handshake at the proxy.

nginx passes neither ``Upgrade`` nor ``Connection`` on by itself, and speaks HTTP/1.0 to the service unless it is told
otherwise. The handshake then gets 400 or 404 in place of 101, and everything else works. All three lines are needed,
in the block that has the other ``proxy_set_header`` lines: one of its own makes a location forget the inherited ones.

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
    location /ws { proxy_pass http://backend:8081; }
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
  map $http_upgrade $connection_upgrade { default upgrade; "" close; }
  server {
    listen 80;
    location /ws {
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_pass http://backend:8081;
    }
  }
}
```

## Clean twin
``Connection ""`` keeps connections to the service open; it is no half of a handshake, and no route here upgrades.
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
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location /news/ { proxy_pass http://backend:8081; }
  }
}
```

## Bad (live)
```json facts.json
{"app-handshakes": {"stack": [{"status": 404, "direct": 101}]}}
```

## Good (live)
```json facts.json
{"app-handshakes": {"stack": [{"status": 101}]}}
```

## Clean twin (live)
It wants a login first, at the service as through the proxy.
```json facts.json
{"app-handshakes": {"stack": [{"status": 403, "direct": 403}]}}
```

## Bad (rehearsal)
```json facts.json
{"app-handshakes": {"stack": [{"status": 400, "named": true}]}}
```

## Good (rehearsal)
```json facts.json
{"app-handshakes": {"stack": [{"status": 101}]}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.edge._routes import answering, outside, place
from flawless.checks.edge._shared import Spot, Target, targets
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import APP_HANDSHAKES, PROGRAMS, PROXY_CONFIG
from flawless.model.observed import UNTRUSTED
from flawless.model.observed_app import Handshake
from flawless.model.observed_files import SourceLine
from flawless.model.stack import Role

_SWITCHED = 101
_REFUSED = frozenset({401, 403})
_NAMED = re.compile(
    r"(?:^|[/|(\s^])(?:wss?|websockets?|socket\\?\.io|sockjs(?:-node)?|cable|signalr)(?:[/|)\s$?.]|$)", re.IGNORECASE
)


def judge(view: View) -> Iterator[Finding]:
    """Each location that leads to a WebSocket route passes the handshake on."""
    passed = {id(target.spot.directive): target for target in targets(view.get(PROXY_CONFIG))}.values()
    wanted = [(target, why) for target in passed if (why := _why(view, target))]
    for target, why in wanted:
        yield _answer(view, target.spot, why)
    if not wanted:
        yield view.skip("the proxy leads to no WebSocket route")


def _why(view: View, target: Target) -> str:
    """What makes a location one for WebSockets, or ""."""
    spot = target.spot
    location = spot.inside("location")
    headers = _headers(spot)
    if location and _NAMED.search(" ".join(location.args)):
        return "its name"
    if "upgrade" in headers or "upgrade" in headers.get("connection", ""):
        return "the handshake is passed on in part"
    served = next((line for line in _routes(view, target) if _leads(target, line)), None)
    return f"the route {served.text}, {served.origin}" if served else ""


def _routes(view: View, target: Target) -> tuple[SourceLine, ...]:
    peer = view.stack.named(target.host, view.service)
    found = next((each for each in view.get(PROGRAMS) if peer and each.service == peer.name), None)
    return found.websockets if found else ()


def _leads(target: Target, line: SourceLine) -> bool:
    """Whether the route is answered by the location of this pass."""
    server, location = target.spot.inside("server"), target.spot.inside("location")
    path = outside(target, line.text) if line.text else ""
    return server is not None and bool(path) and answering(server, path) is location


def _headers(spot: Spot) -> dict[str, str]:
    """What is passed on here, by header in lower case."""
    lines = [line.args for line in spot.in_force("proxy_set_header") if len(line.args) == 2]
    return {name.lower(): value.lower() for name, value in lines}


def _answer(view: View, spot: Spot, why: str) -> Finding:
    headers, at = _headers(spot), spot.directive.origin
    version = [line.args[:1] for line in spot.in_force("proxy_http_version")][-1:]
    upgrade = headers.get("upgrade", "")
    needed = {
        "proxy_http_version 1.1": version == [("1.1",)],
        "proxy_set_header Upgrade": upgrade.startswith("$") or upgrade == "websocket",
        "proxy_set_header Connection": _upgrades(headers.get("connection", "")),
    }
    missing = [line for line, there in needed.items() if not there]
    if missing:
        return view.fail(f"{place(spot)} serves WebSockets ({why}) without {' and '.join(missing)}", at=at)
    return view.ok(f"{place(spot)} passes the handshake on", at=at)


def _upgrades(connection: str) -> bool:
    """``upgrade`` itself, or a variable: a ``map`` of $http_upgrade, or the client's own header."""
    return "upgrade" in connection or connection.startswith("$")


def judge_handshakes(view: View) -> Iterator[Finding]:
    """Each handshake through the proxy gets what it gets at the service itself: 101."""
    found = view.get(APP_HANDSHAKES)
    for each in found:
        yield _handshake(view, each)
    if not found:
        yield view.skip("no WebSocket route is known; websockets = [...] under [app] in flawless.toml names them")


def _handshake(view: View, each: Handshake) -> Finding:
    subject = f"route:{each.path}"
    said = f"the handshake gets {each.status or 'no answer'} through the proxy"
    if UNTRUSTED in each.error:
        return view.unclear(f"nothing was asked: {each.error}", subject=subject)
    if each.status == _SWITCHED:
        return view.ok("the handshake gets 101", subject=subject)
    if each.direct == _SWITCHED:
        return view.fail(f"{said}, and 101 at {each.service} itself", subject=subject)
    return _other(view, each, said, subject)


def _other(view: View, each: Handshake, said: str, subject: str) -> Finding:
    """It got no 101, and the service itself gave none that could be compared."""
    if each.status in _REFUSED:
        if each.direct == each.status:
            return view.ok(f"{said} and at {each.service} itself: it arrives", subject=subject)
        return view.unclear(f"{said}: without a login that is not told", subject=subject)
    if each.named and each.direct is None:
        return view.fail(said, subject=subject)
    if each.named:
        return view.unclear(f"{said}, and {each.direct} at {each.service} itself", subject=subject)
    return view.skip(f"{said}, and no 101 at the service itself: the source names no whole path", subject=subject)


CHECK = Check(
    id="websocket-headers-missing",
    title="a WebSocket route loses its handshake at the proxy",
    severity=Severity.BLOCK,
    items=("C1.4",),
    rules=(
        Rule(Level.FILES, judge, needs=(PROXY_CONFIG, PROGRAMS), roles=(Role.PROXY,)),
        Rule(Level.REHEARSAL, judge_handshakes, scope=Scope.STACK, needs=(APP_HANDSHAKES,)),
        Rule(Level.LIVE, judge_handshakes, scope=Scope.STACK, needs=(APP_HANDSHAKES,)),
    ),
    remedy="write `proxy_http_version 1.1;`, `proxy_set_header Upgrade $http_upgrade;` and "
    '`proxy_set_header Connection "upgrade";` into the location',
    doc=__doc__ or "",
    reference="RFC 6455, section 4; https://nginx.org/en/docs/http/websocket.html",
)
