"""A network that the stack only borrows is made by nobody, or is said to be two different things.

Compose does not create an external network: where it is absent, nothing of the stack starts. The files can only tell
who makes it: a script of the stack (`docker network create`), or somebody else, on every machine, by hand. One
network that two entries describe differently, internal here and open there, is a fault in the files themselves.

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    networks: [inner, outer]
networks:
  inner: {name: shop, internal: true}
  outer: {name: shop}
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    networks: [edge]
networks:
  edge: {external: true, name: edge}
```
```sh bin/setup
#!/bin/sh
docker network inspect edge >/dev/null 2>&1 || docker network create edge
```

## Clean twin
The stack's own networks are made by Compose.
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    networks: [app]
networks:
  app: {internal: true}
```
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import OPERATIONS
from flawless.model.observed_files import SourceLine
from flawless.model.stack import Network


def judge(view: View) -> Iterator[Finding]:
    """Each external network is made by a script of the stack, and no network is described twice in two ways."""
    external = [network for network in view.stack.networks if network.external]
    twins = [pair for pair in _twins(view.stack.networks) if pair[0].internal != pair[1].internal]
    for one, other in twins:
        said = f"{other.full_name} is {_kind(one)} as {one.name} ({one.origin}) and {_kind(other)} as {other.name}"
        yield view.fail(said, at=other.origin, subject=_subject(other))
    for network in external:
        yield _borrowed(view, network)
    if not external and not twins:
        yield view.skip("Compose makes every network of the stack")


def _twins(networks: tuple[Network, ...]) -> Iterator[tuple[Network, Network]]:
    own = [network for network in networks if not network.external]
    for place, one in enumerate(own):
        yield from ((one, other) for other in own[place + 1 :] if other.full_name == one.full_name)


def _kind(network: Network) -> str:
    return "internal" if network.internal else "open to the outside"


def _subject(network: Network) -> str:
    return f"network:{network.name}"


def _borrowed(view: View, network: Network) -> Finding:
    name, subject = network.full_name, _subject(network)
    made = next((line for line in view.get(OPERATIONS) if name in _created(line)), None)
    if made is None:
        said = f"the network {name} must exist before the deploy; nothing in these files makes it"
        return view.unclear(said, at=network.origin, remedy=f"docker network create {name}", subject=subject)
    return view.ok(f"{made.origin} makes the network {name}", at=network.origin, subject=subject)


def _created(line: SourceLine) -> list[str]:
    """The words after ``network create`` in a command line."""
    _, found, rest = line.text.partition("network create ")
    try:
        return shlex.split(rest.replace(";", " ; ")) if found else []
    except ValueError:
        return rest.split()


CHECK = Check(
    id="network-external-missing",
    title="a network that the stack borrows is made by nobody",
    severity=Severity.BLOCK,
    items=("C1.1",),
    rules=(Rule(Level.FILES, judge, scope=Scope.STACK, needs=(OPERATIONS,)),),
    remedy="describe each network once; let a script of the stack make the external ones: docker network create NAME",
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/compose-file/networks/#external",
)
