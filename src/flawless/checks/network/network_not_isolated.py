"""Database or cache stand on a network where they do not belong.

Whoever breaks into the proxy must find no way to the data, and whoever breaks into the database no way out. So
the data services share no network with the proxy, and all their networks are internal.

## Bad
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["443:443"]
  postgres:
    image: postgres:16
```

## Good
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["443:443"]
    networks: [edge]
  postgres:
    image: postgres:16
    networks: [data]
networks: {edge: {}, data: {internal: true}}
```

## Clean twin
Two networks for the data, both internal, and the proxy on neither.
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["443:443"]
    networks: [edge, app]
  backend:
    image: shop/backend:1
    networks: [app, data, reports]
  postgres:
    image: postgres:16
    networks: [data, reports]
networks: {edge: {}, app: {internal: true}, data: {internal: true}, reports: {internal: true}}
```

## Bad (live)
```json facts.json
{"isolation": {"stack": [{"caller": "nginx", "host": "postgres", "port": 5432, "state": "open"}]}}
```

## Good (live)
```json facts.json
{"isolation": {"stack": [{"caller": "nginx", "host": "postgres", "port": 5432, "state": "unresolved"},
  {"caller": "nginx", "host": "10.9.0.3", "port": 5432, "state": "timeout"}]}}
```

## Clean twin (live)
The store opens from its own network: that is the control, not the fault.
```json facts.json
{"isolation": {"stack": [{"caller": "postgres", "host": "postgres", "port": 5432, "network": "data", "state": "open"},
  {"caller": "nginx", "host": "postgres", "port": 5432, "state": "unresolved"}]}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope, service_subject
from flawless.model.keys import ISOLATION
from flawless.model.observed import Reach
from flawless.model.stack import DATA_ROLES, Role, Service


def judge_files(view: View) -> Iterator[Finding]:
    """Data services are on internal networks only, and on none of the proxy's."""
    services = view.stack.with_role(*DATA_ROLES)
    for service in services:
        yield from _placed(view, service)
    if not services:
        yield view.skip("the stack has neither database nor cache")


def _placed(view: View, service: Service) -> Iterator[Finding]:
    subject, at = service_subject(service.name), service.at("networks")
    faults = list(_faults(view, service))
    for fault in faults:
        yield view.fail(fault, at=at, subject=subject)
    outside = [net.name for net in view.stack.networks if net.external and service.names(net.name)]
    if outside:
        yield view.unclear(f"the files do not tell whether {', '.join(outside)} is internal", at=at, subject=subject)
    elif not faults:
        yield view.ok("it stands on internal networks only, away from the proxy", at=at, subject=subject)


def _faults(view: View, service: Service) -> Iterator[str]:
    for proxy in view.stack.with_role(Role.PROXY):
        if shared := view.stack.shared_networks(service, proxy):
            yield f"shares {', '.join(sorted(shared))} with the proxy {proxy.name}"
    for attachment in view.stack.attached(service):
        network = view.stack.network(attachment.network)
        if network and not (network.internal or network.external):
            yield f"is on {network.name}, which is not internal: it can open connections to the internet"
    if service.network_mode == "host":
        yield "uses the host's network"


def judge_live(view: View) -> Iterator[Finding]:
    """As the files say it, and the proxy's own attempts to connect end nowhere."""
    yield from judge_files(view)
    tried = view.get(ISOLATION)
    stores = {service.name for service in view.stack.with_role(*DATA_ROLES)}
    for reach in tried:
        yield _control(view, reach) if reach.caller in stores else _attempt(view, reach)
    if not tried and view.stack.with_role(Role.PROXY) and view.stack.with_role(*DATA_ROLES):
        yield view.unclear("nobody tried to connect from the proxy's networks")


def _control(view: View, reach: Reach) -> Finding:
    """A store tried from its own network must open, or the other attempts prove nothing."""
    subject = service_subject(reach.caller)
    if reach.state == "open":
        return view.ok(
            f"control: {reach.host}:{reach.port} opens from its own network {reach.network}", subject=subject
        )
    return view.unclear(f"control: {reach.host}:{reach.port} is {reach.state} from its own network", subject=subject)


def _attempt(view: View, reach: Reach) -> Finding:
    subject = service_subject(reach.caller)
    tried = f"{reach.caller} to {reach.host}:{reach.port} on {reach.network}: {reach.state}"
    if reach.state == "open":
        return view.fail(f"{tried}: the way to the data is open", subject=subject)
    if reach.state == "refused":
        return view.unclear(f"{tried}: nobody listens now, but the way is open", subject=subject)
    return view.ok(tried, subject=subject)


CHECK = Check(
    id="network-not-isolated",
    title="database or cache are reachable from where they should not be",
    severity=Severity.BLOCK,
    items=("V3.3", "S2.2"),
    rules=(
        Rule(Level.FILES, judge_files, scope=Scope.STACK),
        Rule(Level.LIVE, judge_live, scope=Scope.STACK, needs=(ISOLATION,)),
    ),
    remedy="give the data services a network of their own with `internal: true` and put only their callers on it",
    doc=__doc__ or "",
    reference="OWASP Docker Security Cheat Sheet: rule 5",
)
