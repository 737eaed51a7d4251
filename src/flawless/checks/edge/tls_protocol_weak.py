"""The proxy still speaks an old TLS version or a broken cipher.

TLS 1.0 and 1.1 are deprecated (RFC 8996), SSL before them is broken. Where ``ssl_protocols`` is not written the
default depends on nginx's version: old versions from before 1.23.4 offered TLS 1.0.

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
    listen 443 ssl;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2;
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
    listen 443 ssl;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers HIGH:!aNULL:!MD5:!3DES;
  }
}
```

## Clean twin
The versions stand in the http block, and what is named after an exclamation mark is left out.
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
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ECDHE+AESGCM:!RC4:!MD5:!3DES:!aNULL;
  server { listen 443 ssl; }
}
```

## Bad (live)
```json facts.json
{"tls": {"stack": {"protocols": ["TLSv1", "TLSv1.2"]}}}
```

## Good (live)
```json facts.json
{"tls": {"stack": {"protocols": ["TLSv1.2", "TLSv1.3"]}}}
```

## Clean twin (live)
One version is enough when it is a new one.
```json facts.json
{"tls": {"stack": {"protocols": ["TLSv1.3"]}}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.edge._shared import Spot, spots
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import PROXY_CONFIG, TLS
from flawless.model.nginx import Directive
from flawless.model.stack import Origin, Role

OLD = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"})
_BROKEN = frozenset({"RC4", "DES", "3DES", "CBC3", "MD5", "NULL", "EXP", "EXPORT", "ADH", "AECDH", "LOW", "ALL"})
_BROKEN_GROUPS = frozenset({"aNULL", "eNULL", "COMPLEMENTOFALL"})
_SAFE_SINCE = (1, 23, 4)
_VERSION = re.compile(r"nginx[^:]*:(\d+)\.(\d+)(?:\.(\d+))?")


def judge_files(view: View) -> Iterator[Finding]:
    """Every TLS server allows only TLS 1.2 and newer and no broken cipher."""
    servers = [spot for spot in spots(view.get(PROXY_CONFIG), "server") if _speaks_tls(spot.directive)]
    if not servers:
        yield view.skip("the proxy's configuration has no server with TLS")
    for spot in servers:
        inside = Spot(spot.directive, (*spot.around, spot.directive))
        yield _protocols(view, inside)
        yield from _ciphers(view, inside)


def _speaks_tls(server: Directive) -> bool:
    return any("ssl" in listen.args or "quic" in listen.args for listen in server.children("listen"))


def _protocols(view: View, spot: Spot) -> Finding:
    written = spot.in_force("ssl_protocols")
    if not written:
        return _by_default(view, spot.directive.origin)
    at = written[-1].origin
    old = [name for name in written[-1].args if name in OLD]
    if old:
        return view.fail(f"{', '.join(old)} is allowed", at=at)
    return view.ok(f"only {', '.join(written[-1].args)} is allowed", at=at)


def _by_default(view: View, at: Origin) -> Finding:
    found = _VERSION.search(view.service.image)
    if found and tuple(int(part or 99) for part in found.groups()) >= _SAFE_SINCE:
        return view.ok(f"nginx {found[1]}.{found[2]} allows TLS 1.2 and 1.3 unless told otherwise", at=at)
    return view.unclear(
        "ssl_protocols is not written and the default depends on nginx's version", at=at, remedy=_REMEDY
    )


def _ciphers(view: View, spot: Spot) -> Iterator[Finding]:
    for directive in spot.in_force("ssl_ciphers")[-1:]:
        weak = [word for argument in directive.args for word in argument.split(":") if _is_broken(word)]
        if weak:
            yield view.fail(f"broken ciphers are allowed: {', '.join(weak)}", at=directive.origin)


def _is_broken(cipher: str) -> bool:
    if cipher[:1] in ("!", "-", "@", "+"):
        return False
    return cipher in _BROKEN_GROUPS or not _BROKEN.isdisjoint(re.split(r"[-+_]", cipher))


def judge_live(view: View) -> Iterator[Finding]:
    """What the proxy accepted when each version was tried."""
    tls = view.get(TLS)
    old = [name for name in tls.protocols if name in OLD]
    if not tls.protocols:
        yield view.unclear("no TLS version was accepted, so nothing can be told of them")
    elif old:
        yield view.fail(f"{tls.host}:{tls.port} accepts {', '.join(old)}")
    elif _is_broken(tls.cipher):
        yield view.fail(f"{tls.host}:{tls.port} chose the cipher {tls.cipher}")
    else:
        yield view.ok(f"{tls.host}:{tls.port} accepts {', '.join(tls.protocols)}; it chose {tls.cipher}")


_REMEDY = "write `ssl_protocols TLSv1.2 TLSv1.3;` in the http block"

CHECK = Check(
    id="tls-protocol-weak",
    title="the proxy speaks an old TLS version or a broken cipher",
    severity=Severity.BLOCK,
    items=("S2.3",),
    rules=(
        Rule(Level.FILES, judge_files, needs=(PROXY_CONFIG,), roles=(Role.PROXY,)),
        Rule(Level.LIVE, judge_live, scope=Scope.STACK, needs=(TLS,)),
    ),
    remedy=_REMEDY,
    doc=__doc__ or "",
    reference="RFC 8996; OWASP ASVS 5.0: 12.1.1 and 12.1.2",
)
