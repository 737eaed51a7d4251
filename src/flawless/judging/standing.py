"""How the services of a stack stand, from what the engine says of their containers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flawless.model.facts import Known, Unknown
from flawless.model.observed import ContainerState
from flawless.model.stack import Role, Service
from flawless.model.standing import Placed, ServiceStanding, StackStanding, Standing

_GOOD = frozenset({Standing.HEALTHY, Standing.UNCHECKED, Standing.DONE})
_WORST_FIRST = (Standing.FAULTY, Standing.STARTING, Standing.UNCHECKED, Standing.DONE, Standing.HEALTHY)


def service_standing(
    service: Service, reading: Known[tuple[ContainerState, ...]] | Unknown | None, images: Mapping[str, str]
) -> ServiceStanding:
    """How a service stands; ``images`` are the image ids of the release that should run, by service."""
    wanted = 1 if service.role is Role.JOB else service.replicas
    if not isinstance(reading, Known):
        standing, why = Standing.UNKNOWN, reading.reason if reading else "nobody looked"
        return _service(service, wanted, standing, why)
    placed = tuple(_placed(service, container, images.get(service.name, "")) for container in reading.value)
    return _service(service, wanted, *_together(service, wanted, placed), placed)


def exit_code(stack: StackStanding) -> int:
    """0 when every service is as it should be, 1 when one is not, 3 when the engine did not tell."""
    standings = {service.standing for service in stack.services}
    if standings <= _GOOD:
        return 0
    return 3 if standings <= {*_GOOD, Standing.UNKNOWN} else 1


def _service(
    service: Service, wanted: int, standing: Standing, why: str, placed: tuple[Placed, ...] = ()
) -> ServiceStanding:
    return ServiceStanding(
        name=service.name,
        role=service.role.value,
        wanted=wanted,
        standing=standing,
        why=why,
        containers=placed,
    )


def _placed(service: Service, container: ContainerState, image: str) -> Placed:
    if service.role is Role.JOB:  # it has ended: whose image it ran says nothing of what runs now
        return Placed(*_job(container), container)
    standing, why = _lasting(container)
    if standing in _GOOD and image and container.image_id != image:
        return Placed(Standing.FAULTY, f"{why}, but its image is not the release's", container)
    return Placed(standing, why, container)


def _job(container: ContainerState) -> tuple[Standing, str]:
    if container.state == "running":
        return Standing.STARTING, "runs"
    if container.state == "exited" and container.exit_code == 0:
        return Standing.DONE, "ended with 0"
    return Standing.FAULTY, _ended(container)


def _lasting(container: ContainerState) -> tuple[Standing, str]:
    if container.state != "running":
        return Standing.FAULTY, _ended(container)
    if container.health == "none":
        return Standing.UNCHECKED, "runs, no healthcheck"
    known = {"healthy": Standing.HEALTHY, "starting": Standing.STARTING}
    return known.get(container.health, Standing.FAULTY), container.health


def _ended(container: ContainerState) -> str:
    """``exited with 137, out of memory``; what the engine said of a container that never ran."""
    if container.state not in ("exited", "dead", "restarting"):
        return f"{container.state}: {container.error}" if container.error else container.state
    killed = ", out of memory" if container.oom_killed else ""
    return f"{container.state} with {container.exit_code}{killed}"


def _together(service: Service, wanted: int, placed: Iterable[Placed]) -> tuple[Standing, str]:
    """The worst of the containers, or that there are too few of them."""
    by_standing = {one.standing: one.why for one in reversed(tuple(placed))}
    number = sum(one.standing in _GOOD or one.standing is Standing.STARTING for one in placed)
    if not by_standing:
        missing = "has not been run" if service.role is Role.JOB else "has no container"
        return (Standing.FAULTY, missing) if wanted else (Standing.DONE, "none wanted")
    worst = next(standing for standing in _WORST_FIRST if standing in by_standing)
    if worst in _GOOD and number < wanted:
        return Standing.FAULTY, f"{number} of {wanted} replicas"
    return worst, by_standing[worst]
