"""A port is open to the internet past the proxy.

Docker writes its own firewall rules: a published port is reachable although ufw says otherwise. Only the proxy
should be reached from outside, with its TLS, limits and headers. A port bound to loopback or to a private address
was limited on purpose.

## Bad
```yaml compose.yaml
services:
  postgres:
    image: postgres:16
    ports: ["5432:5432"]
```

## Good
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80", "443:443"]
  postgres:
    image: postgres:16
```

## Clean twin
```yaml compose.yaml
services:
  postgres:
    image: postgres:16
    ports: ["127.0.0.1:5432:5432"]
```

## Bad (live)
```json facts.json
{"containers": {"service:backend": [{"published": [{"host_ip": "0.0.0.0", "host_port": 8081, "target": 8081}]}]}}
```

## Good (live)
```json facts.json
{"containers": {"service:nginx": [{"published": [{"host_ip": "0.0.0.0", "host_port": 443, "target": 8443}]}]}}
```
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import CONTAINERS
from flawless.model.stack import Role

_ALL = "0.0.0.0"  # noqa: S104  (what Compose binds when no address is written)


def judge_files(view: View) -> Iterator[Finding]:
    """Every port of a service that is no proxy is bound to an address the internet does not reach."""
    service = view.service
    if service.role is Role.PROXY:
        yield view.ok("it is the proxy, which should be reached from outside")
        return
    if service.network_mode == "host":
        yield view.fail("uses the host's network: each port it opens is open outside", at=service.at("network_mode"))
    for port in service.ports:
        bound = f"port {port.target} is published as {_address(port.host_ip)}:{port.published or 'any'}"
        yield view.fail(bound, at=port.origin) if _is_open(port.host_ip) else view.ok(bound, at=port.origin)
    if not service.ports and service.network_mode != "host":
        yield view.ok("publishes no port")


def judge_live(view: View) -> Iterator[Finding]:
    """What the engine really publishes."""
    service = view.service
    if service.role is Role.PROXY:
        yield view.ok("it is the proxy, which should be reached from outside")
        return
    containers = view.get(CONTAINERS)
    if not containers:
        yield view.skip("it has no container that could publish a port")
    for container in containers:
        found = [port for port in container.published if _is_open(port.host_ip)]
        for port in found:
            bound = f"{_address(port.host_ip)}:{port.host_port} leads to port {port.target} of {container.name}"
            yield view.fail(bound, at=service.at("ports"))
        if "host" in container.networks:
            yield view.fail(f"{container.name} uses the host's network", at=service.at("network_mode"))
        elif not found:
            yield view.ok(f"{container.name} publishes nothing beyond this machine or a private address")


def _address(host_ip: str) -> str:
    return host_ip or _ALL


def _is_open(host_ip: str) -> bool:
    """Whether an address is all interfaces or a public one; text that is no address counts as open."""
    try:
        address = ipaddress.ip_address(host_ip.strip("[]") or _ALL)
    except ValueError:
        return True
    return address.is_unspecified or address.is_global


CHECK = Check(
    id="port-published",
    title="a port is open to the internet past the proxy",
    severity=Severity.BLOCK,
    items=("P4.5", "V3.2", "S2.1"),
    rules=(Rule(Level.FILES, judge_files), Rule(Level.LIVE, judge_live, needs=(CONTAINERS,))),
    remedy="remove `ports:`, or bind it to 127.0.0.1; if this is your proxy, say so under [roles] in flawless.toml",
    doc=__doc__ or "",
    reference="CIS Docker Benchmark 1.6: 5.9, 5.10 and 5.14; OWASP Docker Security Cheat Sheet: rule 5a",
)
