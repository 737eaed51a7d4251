"""A service cannot reach another one that it needs, because they share no network.

Who needs whom is read from the URLs in the environment, and from ``depends_on`` where the roles make it plain: a
proxy needs what it waits for, a backend or job its database and cache. Other uses of ``depends_on`` only order
the start. What the proxy passes on to is judged by ``proxy-upstream-unreachable``.

## Bad
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    environment: {DATABASE_URL: "postgresql://app@postgres:5432/app"}
    networks: [app]
  postgres:
    image: postgres:16
    networks: [data]
networks: {app: {}, data: {internal: true}}
```

## Good
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    environment: {DATABASE_URL: "postgresql://app@postgres:5432/app"}
    networks: [app, data]
  postgres:
    image: postgres:16
    networks: [data]
networks: {app: {}, data: {internal: true}}
```

## Clean twin
The proxy waits for the migration job to end. It never talks to it.
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["443:443"]
    networks: [edge]
    depends_on: {migrate: {condition: service_completed_successfully}}
  migrate:
    image: example/backend:1
    restart: "no"
    environment: {DATABASE_URL: "postgresql://app@postgres:5432/app"}
    networks: [data]
  postgres:
    image: postgres:16
    networks: [data]
networks: {edge: {}, data: {internal: true}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.stack import Origin, Role, Service

_TALKS_TO = {
    Role.PROXY: frozenset({Role.FRONTEND, Role.BACKEND}),
    Role.BACKEND: frozenset({Role.DATABASE, Role.CACHE}),
    Role.JOB: frozenset({Role.DATABASE, Role.CACHE}),
}


def judge(view: View) -> Iterator[Finding]:
    """The service shares a network with each peer that it needs."""
    if view.service.network_mode and not view.service.lender:
        yield view.skip(f"it has no networks of its own (network_mode: {view.service.network_mode})")
        return
    needs = {peer.name: (peer, why, at) for peer, why, at in _needed(view) if not peer.network_mode}
    for peer, why, at in needs.values():
        yield _answer(view, peer, why, at)
    if not needs:
        yield view.skip("it needs no other service")


def _needed(view: View) -> Iterator[tuple[Service, str, Origin]]:
    for dependency in view.service.depends_on:
        peer = view.stack.service(dependency.service)
        if peer and peer.role in _TALKS_TO.get(view.service.role, ()):
            yield peer, "waits for it", view.service.at("depends_on")
    for var in view.service.env:
        peer = _called(view, var.url.host) if var.url else None
        if peer:
            yield peer, f"names it in {var.name}", var.origin


def _called(view: View, host: str) -> Service | None:
    others = [service for service in view.stack.services if service.name != view.service.name]
    reached = view.stack.named(host, view.service)
    if reached:
        return reached if reached in others else None
    return next((service for service in others if host and host in (service.name, service.container_name)), None)


def _answer(view: View, peer: Service, why: str, at: Origin) -> Finding:
    shared = view.stack.shared_networks(view.service, peer)
    if shared:
        return view.ok(f"reaches {peer.name} on {', '.join(sorted(shared))}", at=at)
    places = (view.stack.attached(each) for each in (view.service, peer))
    ours, theirs = (", ".join(net.network for net in nets) or "none" for nets in places)
    return view.fail(f"{why}, but is on {ours} while {peer.name} is on {theirs}", at=at)


CHECK = Check(
    id="peers-share-no-network",
    title="two services that must talk share no network",
    severity=Severity.BLOCK,
    items=("P4.1", "V3.3"),
    rules=(Rule(Level.FILES, judge),),
    remedy="put both services on one network; an internal one keeps everybody else out",
    doc=__doc__ or "",
)
