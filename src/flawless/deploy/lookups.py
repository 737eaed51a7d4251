"""For how long a running proxy goes on with the address of a service that it looked up. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from flawless.checks.edge._shared import Target, targets
from flawless.model.nginx import NginxConfig
from flawless.model.plan import Door
from flawless.model.stack import Service, Stack

# Docker's DNS says so of every name; nginx believes it unless `valid` says otherwise.
_DOCKER_SECONDS = 600.0
_TIME = re.compile(r"(\d+)(ms|s|m|h|d)?")
_UNITS = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


class Lookup(Struct, frozen=True):
    """A proxy and a service that it passes to; ``seconds``: how long it keeps an address, None: until it is reloaded.

    ``door`` is where it finds the service; None when the configuration does not tell the port.
    """

    proxy: str
    service: str
    seconds: float | None
    door: Door | None = None


def lookups(proxy: Service, config: NginxConfig, stack: Stack) -> Iterator[Lookup]:
    """What a proxy passes on to services of its stack, each way of it once."""
    found: dict[Lookup, None] = {}
    for target in targets(config):
        service = stack.named(target.host, proxy) if target.host else None
        if service is not None:
            found[Lookup(proxy.name, service.name, _kept(target), _door(target, proxy, service, stack))] = None
    yield from found


def _door(target: Target, proxy: Service, service: Service, stack: Stack) -> Door | None:
    shared = [stack.network(name) for name in sorted(stack.shared_networks(proxy, service))]
    known = [network.full_name for network in shared if network and target.host in service.names(network.name)]
    return Door(known[0], target.host, target.port) if known and target.port else None


def _kept(target: Target) -> float | None:
    again = "resolve" in target.server.args if target.server else target.by_variable
    resolvers = target.spot.in_force("resolver")
    if not again:
        return None
    valid = [word.partition("=")[2] for each in resolvers for word in each.args if word.startswith("valid=")]
    return _seconds(valid[-1]) if valid else _DOCKER_SECONDS


def _seconds(text: str) -> float:
    """A time as nginx writes it: ``30s``, ``1m30s``, or a number of seconds."""
    return sum(float(number) * _UNITS[unit or None] for number, unit in _TIME.findall(text))
