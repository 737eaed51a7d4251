"""What a switch would touch besides the services: networks, volumes, leftovers, and what loses its place. Pure.

``docker compose up`` makes a network or a volume anew when its definition changed. For a network every container on it
has to go first; a volume goes with all that is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, structs

from flawless.model.observed import ContainerState, Made
from flawless.model.plan import ServicePlan, Step, StepKind, Strategy
from flawless.model.stack import Network, Role, Service, Stack, Volume

Containers = Mapping[str, tuple[ContainerState, ...]]

# A network and its containers are back within about this time; the real gap is measured.
_RENEW_SECONDS = 5.0
_CUT_OFF = re.compile(r"[0-9a-f]{12}_(?P<name>.+)")
_STAYS = frozenset({Strategy.UNTOUCHED, Strategy.RELOAD})
_GOES = frozenset({Strategy.STOP_FIRST, Strategy.START_FIRST})
# One that restarts beside those that run is what a killed deploy left in a crash loop.
_LEFT = frozenset({"created", "exited", "dead", "restarting"})


class Renewed(Struct, frozen=True):
    """A network or volume whose definition changed: "network" or "volume", what is there, and who uses it."""

    kind: str
    made: Made
    users: tuple[str, ...]

    @property
    def id(self) -> str:
        """How the operator names it."""
        return f"{self.kind}:{self.made.key}"


def renewed(
    stack: Stack, networks: Iterable[Made], volumes: Iterable[Made], *, volumes_too: bool
) -> tuple[Renewed, ...]:
    """The networks, and volumes if they are asked for, that are defined otherwise than they were made."""
    nets = {network.name: network for network in stack.networks}
    vols = {volume.name: volume for volume in stack.volumes}
    torn = [Renewed("network", each, _on(stack, each.key)) for each in networks if _differs(each, nets.get(each.key))]
    lost = [
        Renewed("volume", each, _mounting(stack, each.key)) for each in volumes if _differs(each, vols.get(each.key))
    ]
    return (*torn, *(lost if volumes_too else ()))


def _differs(made: Made, declared: Network | Volume | None) -> bool:
    """Only what is labelled and known can differ; another real name is another network or volume."""
    if declared is None or declared.external or declared.full_name != made.name:
        return False
    return bool(made.definition and declared.definition) and made.definition != declared.definition


def _on(stack: Stack, network: str) -> tuple[str, ...]:
    return tuple(each.name for each in stack.services if network in {place.network for place in each.networks})


def _mounting(stack: Stack, volume: str) -> tuple[str, ...]:
    return tuple(each.name for each in stack.services if volume in _volumes_of(each))


def _volumes_of(service: Service) -> set[str]:
    return {mount.source for mount in service.mounts if mount.kind == "volume" and mount.source}


def taken_along(each: ServicePlan, stack: Stack, anew: tuple[Renewed, ...], containers: Containers) -> ServicePlan:
    """The plan of a service, which has to stop first where its network or volume is made anew under it."""
    under = [renewal for renewal in anew if each.service in renewal.users]
    service = stack.service(each.service)
    if not under or each.strategy in (Strategy.CREATE, Strategy.JOB) or service is None or service.role is Role.JOB:
        return each
    if not containers.get(each.service):
        return each
    why = f"{under[0].kind} {under[0].made.name} is made anew under it"
    if each.strategy in _GOES:
        why = f"{each.why}; {why}"
    return ServicePlan(each.service, Strategy.STOP_FIRST, why, max(each.gap_seconds, _RENEW_SECONDS))


def renewals(anew: Iterable[Renewed]) -> Iterator[Step]:
    """A step for each network and volume that is made anew."""
    for each in anew:
        volume = each.kind == "volume"
        yield Step(
            id=f"renew-{each.kind}-{each.made.key}",
            kind=StepKind.RENEW,
            why=f"the definition of {each.kind} {each.made.name} changed",
            proof="the old one is gone; the next container makes the new one",
            undo="none: what was in the volume is gone" if volume else "the release before makes its own again",
            resource=each.id,
            point_of_no_return=volume,
        )


def behind(renewals: Iterable[Step], step: Step) -> Step:
    """The step so that it waits for the renewals: the network that it starts on is one of them."""
    first = tuple(renewal.id for renewal in renewals)
    return step if step.after is None else structs.replace(step, after=(*first, *step.after))


def tidying(services: Iterable[ServicePlan], stack: Stack, containers: Containers) -> Iterator[Step]:
    """A step for each service that stays and has something left over beside it."""
    for each in services:
        service = stack.service(each.service)
        left = leftovers(containers.get(each.service, ()))
        if each.strategy in _STAYS and left and service is not None and service.role is not Role.JOB:
            yield Step(
                id=f"tidy-{each.service}",
                kind=StepKind.TIDY,
                why=f"{', '.join(state.name for state in left)} is left over from a start or recreate that was cut off",
                proof="only containers that run are left, under their own names",
                undo="none is needed: what serves is not touched",
                service=each.service,
            )


def leftovers(containers: Iterable[ContainerState]) -> tuple[ContainerState, ...]:
    """Containers that do not run, or that run under the name that a recreate gives for a moment."""
    return tuple(state for state in containers if state.state in _LEFT or proper_name(state.name))


def proper_name(name: str) -> str:
    """The name that a container whose recreate was cut off should have; "" for one that has its own."""
    found = _CUT_OFF.fullmatch(name)
    return found["name"] if found else ""


def told(
    stack: Stack,
    services: Iterable[ServicePlan],
    anew: Iterable[Renewed],
    containers: Containers,
    *,
    networks: Iterable[Made],
    volumes: Iterable[Made],
) -> Iterator[str]:
    """Every container, volume and network that is touched although nobody asked, one sentence each."""
    for name, states in containers.items():
        if stack.service(name) is None:
            yield f"service {name} is no longer in the stack: its containers are removed{_and_volumes(states)}"
    for each in anew:
        yield _renewal(each, containers)
    for plan in services:
        service = stack.service(plan.service)
        if service is not None and plan.strategy in _GOES:
            yield from _lost_by(service, stack, containers.get(plan.service, ()))
    yield from _undeclared(stack, networks, volumes)


def _and_volumes(states: Iterable[ContainerState]) -> str:
    held = [volume for state in states for volume in state.volumes]
    stay = sorted({volume.name for volume in held if not volume.anonymous})
    go = sorted({volume.target for volume in held if volume.anonymous})
    return (f"; volume {', '.join(stay)} stays" if stay else "") + (
        f"; its anonymous volume at {', '.join(go)} goes with them" if go else ""
    )


def _renewal(each: Renewed, containers: Containers) -> str:
    running = [name for name in each.users if containers.get(name)]
    if each.kind == "volume":
        return f"volume {each.made.name} is made anew, its definition changed: what is in it is lost"
    stopped = f": {', '.join(running)} stop and start again with it" if running else ""
    return f"network {each.made.name} is made anew, its definition changed{stopped}"


def _lost_by(service: Service, stack: Stack, states: Iterable[ContainerState]) -> Iterator[str]:
    """What the new container does not see of what the old one had."""
    real = {volume.name: volume.full_name for volume in stack.volumes}
    wanted = {real.get(source, source) for source in _volumes_of(service)}
    for volume in sorted({volume for state in states for volume in state.volumes}, key=lambda held: held.target):
        if volume.anonymous:
            yield f"{service.name}: its anonymous volume at {volume.target} goes with the old container"
        elif volume.name not in wanted:
            yield (
                f"{service.name}: volume {volume.name} is not mounted any more; it stays, "
                f"and the new container does not see what is in it"
            )


def _undeclared(stack: Stack, networks: Iterable[Made], volumes: Iterable[Made]) -> Iterator[str]:
    named = {network.full_name for network in stack.networks}
    for network in networks:
        if network.name not in named:
            yield f"network {network.name} is no longer in the stack: it stays, and nothing new is put on it"
    named = {volume.full_name for volume in stack.volumes}
    for volume in volumes:
        if volume.name not in named:
            yield f"volume {volume.name} is no longer in the stack: it stays, with what is in it"


def unreturnable(parent: str, containers: Containers) -> Iterator[str]:
    """What runs and could not be brought back, for no release of it is recorded."""
    running = [name for name, states in containers.items() if any(state.state == "running" for state in states)]
    if running and not parent:
        yield f"no release is recorded: if this one fails, {', '.join(running)} cannot be brought back as they are now"


def dependents(stack: Stack, only: tuple[str, ...]) -> Iterator[str]:
    """Who depends on a service that is switched alone."""
    for service in stack.services:
        needed = [each.service for each in service.depends_on if each.service in only]
        if needed and service.name not in only:
            yield f"{service.name} depends on {', '.join(needed)} and is not touched"


def refused(anew: Iterable[Renewed], containers: Containers, named: Iterable[str]) -> Iterator[str]:
    """A volume is made anew only when it is named, a network only when no stranger is on it."""
    ours = {state.id for states in containers.values() for state in states}
    for each in anew:
        if each.kind == "volume" and each.id not in named:
            yield (
                f"volume {each.made.name} would be made anew, for its definition changed, and what is in it lost; "
                f"put the definition back, or name it with --recreate {each.id}"
            )
        strangers = [name for ref, name in each.made.members if ref not in ours]
        if strangers:
            yield (
                f"network {each.made.name} would be made anew, for its definition changed, and "
                f"{', '.join(strangers)}, none of its services, is on it: disconnect it first"
            )
