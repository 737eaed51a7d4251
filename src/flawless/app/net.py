"""``flawless net``: the networks of a stack as they are. Reads only, but for the connections that are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flawless.app.gather import gather
from flawless.app.loading import LOOKING, loaded
from flawless.app.session import Asked, Progress, Session, open_to_look
from flawless.judging.wiring import isolation, needed, places_of, reachable
from flawless.model.facts import FactKey, Facts, Known, Unknown
from flawless.model.keys import ISOLATION, PROXY_CONFIG
from flawless.model.nginx import NginxConfig
from flawless.model.stack import Role
from flawless.model.wiring import Member, PublishedPort, WiredNetwork, Wiring
from flawless.ports.bundle import Ports, Target
from flawless.ports.engine import PROJECT_LABEL, Json
from flawless.ports.inspect import container_state
from flawless.probes.files import proxy_config
from flawless.probes.live import isolation as connections
from flawless.probes.live._services import containers_of, name_of, running

_PROBES = (proxy_config.PROBE, connections.PROBE)  # named, so that none of the others is loaded


async def wiring(root: Path, ports: Ports, asked: Asked, progress: Progress, *, tried: bool) -> Wiring:
    """The networks of the stack in ``root``; ``tried``: connections to database and cache are tried from the edge."""
    async with loaded(LOOKING):
        session = await open_to_look(root, ports, asked, progress)
    target = Target(session.stack, session.settings, ports)
    keys: list[FactKey[Any]] = [PROXY_CONFIG, ISOLATION] if tried else [PROXY_CONFIG]
    facts, containers = await asyncio.gather(gather(target, keys, _PROBES), containers_of(target))
    live = {service: running(found) for service, found in containers.items()}
    networks = tuple(await _networks(session, live))
    lent = {each.name: each.lender for each in session.stack.services if each.lender and live[each.name]}
    places = places_of(networks, lent)
    needs = needed(session.stack, _configs(facts), places)
    return Wiring(
        stack=session.stack.name,
        networks=networks,
        needs=needs,
        others=reachable(needs, places),
        published=tuple(_published(session, live)),
        isolation=isolation(session.stack, facts, tried=tried),
        unread=_unread(session, facts),
    )


def _configs(facts: Facts) -> dict[str, NginxConfig]:
    found = facts.of(PROXY_CONFIG).items()
    return {subject.removeprefix("service:"): one.value for subject, one in found if isinstance(one, Known)}


def _unread(session: Session, facts: Facts) -> tuple[str, ...]:
    lost = {subject for subject, reading in facts.of(PROXY_CONFIG).items() if isinstance(reading, Unknown)}
    return tuple(each.name for each in session.stack.with_role(Role.PROXY) if f"service:{each.name}" in lost)


async def _networks(session: Session, live: Mapping[str, list[Json]]) -> list[WiredNetwork]:
    """Those that the files name and those that a container is on, with the containers of others on them."""
    keys = {network.full_name: network.name for network in session.stack.networks}
    members = _members(live)
    made = {one["Name"]: one for one in await _inspected(session, {*keys, *members})}
    return [
        WiredNetwork(
            key=keys.get(name, ""),
            name=name,
            internal=bool(made[name].get("Internal")) if name in made else None,
            members=(*members.get(name, ()), *_foreign(made.get(name, {}), live)),
        )
        for name in dict.fromkeys([*keys, *members])
    ]


async def _inspected(session: Session, names: set[str]) -> list[Json]:
    """Networks of the project, and the others among ``names`` (external ones carry no label of it)."""
    engine = session.ports.engine
    own = await engine.networks([f"{PROJECT_LABEL}={session.stack.name}"])
    if names <= {network["Name"] for network in own}:
        return own
    return [network for network in await engine.networks() if network["Name"] in names]


def _members(live: Mapping[str, list[Json]]) -> dict[str, list[Member]]:
    found: dict[str, list[Member]] = {}
    for service, containers in live.items():
        for container in containers:
            for network, place in (container["NetworkSettings"].get("Networks") or {}).items():
                aliases = tuple(name for name in place.get("Aliases") or () if not container["Id"].startswith(name))
                member = Member(service, name_of(container), place.get("IPAddress") or "", aliases)
                found.setdefault(network, []).append(member)
    return found


def _foreign(network: Json, live: Mapping[str, list[Json]]) -> Iterator[Member]:
    ours = {container["Id"] for containers in live.values() for container in containers}
    for ref, place in (network.get("Containers") or {}).items():
        if ref not in ours:
            yield Member("", str(place.get("Name", ref)), str(place.get("IPv4Address") or "").partition("/")[0])


def _published(session: Session, live: Mapping[str, list[Json]]) -> Iterator[PublishedPort]:
    for service, containers in live.items():
        for container in containers:
            for port in container_state(container, session.ports.masker).published:
                yield PublishedPort(service, port.host_ip, port.host_port, port.target)
