"""The host in the database address is nobody whom the service can reach.

Inside a container ``localhost`` is the container itself, and a name is only known on a network that both services
share. One wrong letter, an old container name, or a network that was split, and the application starts without a
database. A name with a dot is outside the stack and is not judged here.

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: postgresql://app@postgress:5432/app
  postgres:
    image: postgres:16
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: postgresql://app@postgres:5432/app
  postgres:
    image: postgres:16
```

## Clean twin
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: postgresql://app@db.example.com:5432/app
```
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from flawless.checks.secrets._shared import database_urls
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.stack import EnvVar, Service, Stack

_ITSELF = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104  (compared with, not bound to)


def judge(view: View) -> Iterator[Finding]:
    """Every database address names a service on a network shared with the caller, or a host outside the stack."""
    urls = [each for each in database_urls(view.service) if each.url and each.url.host]
    for each in urls:
        yield _answer(view, each, each.url.host.lower() if each.url else "")
    if not urls:
        yield view.skip("no variable names a database host")


def _answer(view: View, variable: EnvVar, host: str) -> Finding:
    service, where = view.service, variable.origin
    if service.network_mode and not service.lender:
        return view.skip(f"{service.name} uses the network of {service.network_mode}")
    if host in _ITSELF:
        return _itself(view, variable, host)
    target = view.stack.named(host, service)
    if target:
        return view.ok(f"{variable.name}: {host} is the service {target.name}", at=where)
    if "." in host or ":" in host:
        return view.skip(f"{variable.name}: {host} is outside this stack")
    if _on_external_network(view.stack, service):
        return view.unclear(f"{variable.name}: {host} may be on an external network of {service.name}", at=where)
    return view.fail(f"{variable.name}: {_why(view.stack, service, host)}", at=where)


def _itself(view: View, variable: EnvVar, host: str) -> Finding:
    if lender := view.service.lender:
        return view.skip(f"{variable.name}: {host} may be any container in the network of {lender}")
    return view.fail(f"{variable.name}: inside a container {host} is the container itself", at=variable.origin)


def _on_external_network(stack: Stack, service: Service) -> bool:
    networks = [stack.network(attachment.network) for attachment in stack.attached(service)]
    return any(network is not None and network.external for network in networks)


def _why(stack: Stack, service: Service, host: str) -> str:
    if any(host in (each.name, each.container_name) for each in stack.services):
        return f"{host} and {service.name} share no network"
    near = difflib.get_close_matches(host, [each.name for each in stack.services], 1)
    return f"no service is called {host}" + (f"; {near[0]} is close" if near else "")


CHECK = Check(
    id="database-url-host-unknown",
    title="the database host is unknown",
    severity=Severity.BLOCK,
    items=("P3.1",),
    rules=(Rule(Level.FILES, judge),),
    remedy="name the service as it is called in the Compose file, and put both on one network",
    doc=__doc__ or "",
    reference="https://docs.docker.com/compose/how-tos/networking/",
)
