"""Whether the networks of the proxy and the frontend can open a connection to a database or cache.

Every address that a store has is tried from every such network, and its name where the engine would resolve it:
elsewhere a name leads nowhere, and asking for it only waits for a resolver that has no way out.
A relay that could connect nowhere would find every network isolated. So each store is also tried from its own
network, and unless that opens nothing is known.
"""

from __future__ import annotations

import asyncio

from msgspec import Struct

from flawless.errors import FlawlessError
from flawless.model.facts import STACK, Evidence, Fact, known, unknown
from flawless.model.keys import ISOLATION
from flawless.model.observed import Reach
from flawless.model.stack import Role, Service, Stack
from flawless.ports.bundle import Probe, Target
from flawless.ports.engine import Json
from flawless.ports.relay import Dialled, Relay
from flawless.probes.live._services import containers_of, relay_of, running

_PORTS = (("postgres", 5432), ("redis", 6379), ("valkey", 6379), ("mysql", 3306), ("mariadb", 3306), ("mongo", 27017))
_USUAL = {Role.DATABASE: 5432, Role.CACHE: 6379}


class _Trial(Struct, frozen=True):
    """A connection to try: who asks, from which network (key in the file), and where to."""

    caller: str
    network: str
    host: str
    port: int
    store: str


async def gather(target: Target) -> list[Fact]:
    """Every trial with its outcome; those whose caller is the store itself are the controls."""
    stores = target.stack.with_role(Role.DATABASE, Role.CACHE)
    try:
        containers = await containers_of(target)
        trials = _trials(target.stack, stores, containers)
        reached = await _tried(target, relay_of(target), trials)
    except FlawlessError as error:
        return [unknown(ISOLATION, STACK, target.ports.masker.mask(error.what), remedy=error.remedy)]
    reaches = tuple(_reach(trial, dialled) for trial, dialled in reached)
    evidence = tuple(_evidence(target, reach) for reach in reaches)
    blind = [_reach(trial, seen) for trial, seen in reached if trial.caller == trial.store and seen.state != "open"]
    if blind:
        return [unknown(ISOLATION, STACK, _blind(blind[0]), evidence, "see whether the store runs and listens")]
    return [known(ISOLATION, STACK, reaches, evidence, target.ports.clock.now())]


def _blind(reach: Reach) -> str:
    where = f"{reach.host}:{reach.port} does not open even from its own network {reach.network} ({reach.state})"
    return f"{where}, so a closed port would prove nothing"


def _trials(stack: Stack, stores: tuple[Service, ...], containers: dict[str, list[Json]]) -> list[_Trial]:
    trials = []
    for store in stores:
        port = _port(stack, store)
        own = next((place.network for place in stack.attached(store)), "")
        trials.append(_Trial(store.name, own, store.name, port, store.name))
        live = running(containers[store.name])
        for caller in stack.with_role(Role.PROXY, Role.FRONTEND):
            for place in stack.attached(caller):
                hosts = _hosts(store, live, _full_name(stack, place.network))
                trials += [_Trial(caller.name, place.network, host, port, store.name) for host in hosts]
    return trials


def _hosts(store: Service, live: list[Json], network: str) -> list[str]:
    """Every address of the store, and its names on a network that it is really on."""
    places = [places for each in live for places in each["NetworkSettings"]["Networks"].items()]
    addresses = [place["IPAddress"] for _, place in places if place.get("IPAddress")]
    names = [store.name, store.container_name] if any(name == network for name, _ in places) else []
    return [host for host in dict.fromkeys([*names, *addresses]) if host]


def looked_from(stack: Stack) -> tuple[str, ...]:
    """The networks, by their full names, that connections are tried from: those of stores, proxies and frontends."""
    stores = stack.with_role(Role.DATABASE, Role.CACHE)
    asking = stack.with_role(Role.PROXY, Role.FRONTEND) if stores else ()
    keys = [place.network for service in (*stores, *asking) for place in stack.attached(service)]
    return tuple(dict.fromkeys(_full_name(stack, key) for key in keys))


def _full_name(stack: Stack, key: str) -> str:
    network = stack.network(key)
    return network.full_name if network else key


def _port(stack: Stack, store: Service) -> int:
    """The port by which others name the store in URLs, else what it exposes, else the usual one of its image."""
    named = [
        var.url.port
        for service in stack.services
        for var in service.env
        if var.url and var.url.port and stack.named(var.url.host, service) == store
    ]
    usual = [port for word, port in _PORTS if word in store.image.lower()]
    return (named + list(store.expose) + usual + [_USUAL[store.role]])[0]


async def _tried(target: Target, relay: Relay, trials: list[_Trial]) -> list[tuple[_Trial, Dialled]]:
    """All trials, one container for each network; the same address is tried once for all callers on it."""
    networks = dict.fromkeys(trial.network for trial in trials)
    found = await asyncio.gather(*(_from(target, relay, key, trials) for key in networks))
    by_network = dict(zip(networks, found, strict=True))
    return [(trial, by_network[trial.network][trial.host, trial.port]) for trial in trials]


async def _from(target: Target, relay: Relay, key: str, trials: list[_Trial]) -> dict[tuple[str, int], Dialled]:
    addresses = list(dict.fromkeys((trial.host, trial.port) for trial in trials if trial.network == key))
    dialled = await relay.reach(_full_name(target.stack, key), addresses)
    return dict(zip(addresses, dialled, strict=True))


def _reach(trial: _Trial, dialled: Dialled) -> Reach:
    return Reach(trial.caller, trial.host, trial.port, trial.network, dialled.state, dialled.seconds)


def _evidence(target: Target, reach: Reach) -> Evidence:
    what = f"connect to {reach.host}:{reach.port} from the network {reach.network} ({reach.caller})"
    return target.ports.masker.evidence(what, reach.state, reach.state, target.ports.clock.now(), reach.seconds)


PROBE = Probe(keys=(ISOLATION,), gather=gather, timeout=30.0)
