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

from flawless.checks.network._needs import needs
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.stack import Origin, Service


def judge(view: View) -> Iterator[Finding]:
    """The service shares a network with each peer that it needs."""
    if view.service.network_mode and not view.service.lender:
        yield view.skip(f"it has no networks of its own (network_mode: {view.service.network_mode})")
        return
    found = needs(view.stack, view.service)
    wanted = {peer.name: (peer, why, at) for peer, why, at in found if not peer.network_mode}
    for peer, why, at in wanted.values():
        yield _answer(view, peer, why, at)
    if not wanted:
        yield view.skip("it needs no other service")


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
