"""Who must reach whom, and who can, from the files and from where the containers really are. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from flawless.checks.edge._shared import targets
from flawless.checks.network._needs import called, needs
from flawless.checks.network.network_not_isolated import CHECK
from flawless.judging.run import run
from flawless.model.check import Level
from flawless.model.facts import Facts
from flawless.model.nginx import NginxConfig
from flawless.model.stack import Stack
from flawless.model.wiring import Isolation, Need, Reachable, Way, WiredNetwork

Places = Mapping[str, frozenset[str]]
"""The real names of the networks that the running containers of each service are on; none for one that does not run."""


def places_of(networks: Iterable[WiredNetwork], lent: Mapping[str, str]) -> Places:
    """The networks of each service, from their members; ``lent`` are those that run on the network of another one."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for network in networks:
        for member in network.members:
            found[member.service].add(network.name)
    for service, lender in lent.items():
        found[service] |= found.get(lender, set())
    return {service: frozenset(names) for service, names in found.items() if service}


def needed(stack: Stack, proxies: Mapping[str, NginxConfig], places: Places) -> tuple[Need, ...]:
    """Each service with each peer that it must reach; ``proxies`` are the configurations that were read, by service."""
    why: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for caller, peer, reason in _reasons(stack, proxies):
        why[caller, peer].append(reason)
    apart = {service.name for service in stack.services if service.network_mode and not service.lender}
    own = {service: found for service, found in places.items() if service not in apart}
    return tuple(_need(caller, peer, reasons, own) for (caller, peer), reasons in why.items())


def _reasons(stack: Stack, proxies: Mapping[str, NginxConfig]) -> Iterator[tuple[str, str, str]]:
    for service in stack.services:
        for peer, why, _ in needs(stack, service):
            yield service.name, peer.name, why
        config = proxies.get(service.name)
        for target in targets(config) if config else ():
            passed = called(stack, service, target.host)
            if passed:
                yield service.name, passed.name, f"passes on to it ({target.origin})"


def _need(caller: str, peer: str, reasons: Iterable[str], places: Places) -> Need:
    ours, theirs = places.get(caller), places.get(peer)
    why = tuple(dict.fromkeys(reasons))
    if not ours or not theirs:
        return Need(caller, peer, why, Way.UNKNOWN)
    shared = tuple(sorted(ours & theirs))
    return Need(caller, peer, why, Way.OPEN if shared else Way.CLOSED, shared)


def reachable(wanted: Iterable[Need], places: Places) -> tuple[Reachable, ...]:
    """The pairs that can reach each other although nobody says that they must."""
    told = {frozenset((need.caller, need.peer)) for need in wanted}
    pairs = ((one, other, places[one] & places[other]) for one, other in combinations(places, 2))
    return tuple(
        Reachable(one, other, tuple(sorted(shared)))
        for one, other, shared in pairs
        if shared and frozenset((one, other)) not in told
    )


def isolation(stack: Stack, facts: Facts, *, tried: bool) -> tuple[Isolation, ...]:
    """What network-not-isolated says: by the files, or where it was ``tried`` by what connected."""
    level = Level.LIVE if tried else Level.FILES
    (verdict,) = run([(CHECK, rule) for rule in CHECK.rules if rule.level is level], stack, facts)
    return tuple(Isolation(one.subject, one.outcome, one.message, tried) for one in verdict.findings)
