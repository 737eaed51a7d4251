"""The certificate does not hold.

Expired, not yet valid, for another name, or signed by nobody the client trusts: browsers stop at each of them.
Under seven days (or under a third of a short-lived certificate's life) the renewal has failed already. Before the
deploy the files tell: nginx does not start without its certificate, nor with a key that belongs to another one.

## Bad
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["443:443"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro", "./certs:/etc/certs:ro"]
```
```nginx nginx.conf
events {}
http {
  server {
    listen 443 ssl;
    server_name shop.example.com;
    ssl_certificate /etc/certs/tls.crt;
    ssl_certificate_key /etc/certs/tls.key;
  }
}
```

## Good
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["443:443"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro", "./certs:/etc/certs:ro"]
```
```nginx nginx.conf
events {}
http {
  server {
    listen 443 ssl;
    server_name shop.example.com;
    ssl_certificate /etc/certs/tls.crt;
    ssl_certificate_key /etc/certs/tls.key;
  }
}
```
```json facts.json
{"certificates": {"service:nginx": [{"path": "/etc/certs/tls.crt", "names": ["shop.example.com"],
  "servers": ["shop.example.com"]}]}}
```

## Clean twin
A certificate for all names below covers this one.
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["443:443"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro", "./certs:/etc/certs:ro"]
```
```nginx nginx.conf
events {}
http {
  server {
    listen 443 ssl;
    server_name shop.example.com;
    ssl_certificate /etc/certs/tls.crt;
    ssl_certificate_key /etc/certs/tls.key;
  }
}
```
```json facts.json
{"certificates": {"service:nginx": [{"path": "/etc/certs/tls.crt", "names": ["*.example.com"],
  "servers": ["shop.example.com"]}]}}
```

## Bad (live)
```json facts.json
{"tls": {"stack": {"verified": false, "verify_error": "certificate has expired", "not_after": 1799900000}}}
```

## Good (live)
```json facts.json
{"tls": {"stack": {"not_after": 1806900000}}}
```

## Clean twin (live)
A certificate of six days that was renewed yesterday is no certificate in trouble.
```json facts.json
{"tls": {"stack": {"not_before": 1799913600, "not_after": 1800432000}}}
```
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from flawless.checks.edge._certificates import covers, file_faults, left, time_faults
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import CERTIFICATES, TLS
from flawless.model.observed import UNTRUSTED, TlsFacts
from flawless.model.observed_files import CertificateFile
from flawless.model.stack import Role


def judge_files(view: View) -> Iterator[Finding]:
    """Each certificate that the proxy is told to serve is there, with its key, for its names, and has days left."""
    found = view.get(CERTIFICATES)
    for each in found:
        yield from _answers(view, each)
    if not found:
        yield view.skip("the proxy's configuration names no certificate in a file")


def _answers(view: View, each: CertificateFile) -> Iterator[Finding]:
    faults = list(file_faults(each))
    for fault in faults:
        yield view.fail(fault, at=each.origin)
    if not faults and "elsewhere" in (each.state, each.key):
        what = each.path if each.state == "elsewhere" else f"the key of {each.path}"
        yield view.unclear(f"{what} lies where this machine cannot see it", at=each.origin)
    elif not faults:
        yield view.ok(f"{each.path} is for {', '.join(each.names)}, {left(each)}", at=each.origin)


def judge(view: View) -> Iterator[Finding]:
    """The certificate is trusted, names the host and has days left."""
    tls = view.get(TLS)
    faults = list(_faults(tls))
    for fault in faults:
        yield view.fail(f"{tls.host}:{tls.port}: {fault}")
    if not faults:
        yield view.ok(f"{tls.subject} from {tls.issuer}: trusted, {left(tls)}")


def _faults(tls: TlsFacts) -> Iterator[str]:
    yield from time_faults(tls)
    if not tls.names:
        yield "the certificate names no host (no subject alternative name)"
    elif not _is_address(tls.host) and not any(covers(name, tls.host) for name in tls.names):
        yield f"the certificate is for {', '.join(tls.names)}, not for {tls.host}"
    if not tls.verified:
        yield f"{UNTRUSTED}: {tls.verify_error or 'no reason was given'}"


def _is_address(host: str) -> bool:
    """An address may be reached under another name; verification has judged the name then."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


CHECK = Check(
    id="tls-certificate-invalid",
    title="the certificate is expired, untrusted or for another name",
    severity=Severity.BLOCK,
    items=("V3.4", "C3.3", "S2.3", "F7"),
    rules=(
        Rule(Level.FILES, judge_files, needs=(CERTIFICATES,), roles=(Role.PROXY,)),
        Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(TLS,)),
    ),
    remedy="renew the certificate and reload the proxy; for a private authority set `ca` under [edge] in flawless.toml",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 12.2.2",
)
