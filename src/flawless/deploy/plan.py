"""From the wanted release and what runs now to a plan. Pure: prints as text, compares as data."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from flawless.model.observed import ContainerState
from flawless.model.plan import Plan, ServicePlan, Step, StepKind, Strategy
from flawless.model.stack import DATA_ROLES, Dependency, Role, Service, Stack

# What a replacement usually costs, for the printed expectation only: the real gap is measured.
_START_SECONDS = 2.0
_UNDO = "the release before: its image, configuration and files"


class Wanted(Struct, frozen=True):
    """What a service should be: image id and Compose's configuration hash ("" before the build), and mounted files.

    ``plain_hash`` is accepted too for a data service: started by plain Compose from the same files and image, it is
    not recreated only to carry our labels.
    """

    image_id: str
    config_hash: str
    files_digest: str = ""
    plain_hash: str = ""


class Situation(Struct, frozen=True):
    """What runs now: containers by service, and digests of the mounted files that are live."""

    containers: dict[str, tuple[ContainerState, ...]]
    files: dict[str, str]


class Options(Struct, frozen=True):
    """What the operator asked for: data services that may be recreated, all recreated, jobs run.

    ``closing`` is false on the way back after a failure: the proof of each step is the verification then.
    """

    closing: bool = True
    recreate: tuple[str, ...] = ()
    force: bool = False
    migrate: bool = True


_RANK = {Role.DATABASE: 0, Role.CACHE: 0, Role.JOB: 1, Role.PROXY: 3}
_BETWEEN = 2


def ordered(stack: Stack) -> tuple[Service, ...]:
    """The services so that each comes after those it depends on; data first, then jobs, the proxy last.

    Jobs come as early as they can: a migration is done before anything that serves is switched.
    """
    placed: dict[str, Service] = {}
    waiting = sorted(stack.services, key=lambda service: _RANK.get(service.role, _BETWEEN))
    while waiting:
        ready = [s for s in waiting if all(d.service in placed or d.service == s.name for d in _known(s, stack))]
        service = (ready or waiting)[0]
        placed[service.name] = service
        waiting.remove(service)
    return tuple(placed.values())


def _known(service: Service, stack: Stack) -> list[Dependency]:
    return [dependency for dependency in service.depends_on if stack.service(dependency.service)]


def decide(service: Service, wanted: Wanted, now: Situation, options: Options) -> ServicePlan:
    """How one service changes hands, and why."""
    containers = now.containers.get(service.name, ())
    running = [container for container in containers if container.state == "running"]
    if service.role is Role.JOB:
        return _decide_job(service, wanted, containers, options)
    if not running:
        return ServicePlan(service.name, Strategy.CREATE, "no container of it runs")
    changes = _changes(service, wanted, running, options)
    if not changes:
        moved = wanted.files_digest != now.files.get(service.name, wanted.files_digest)
        if moved and service.role is Role.PROXY and "nginx" in service.image:
            return ServicePlan(service.name, Strategy.RELOAD, "only its mounted configuration changed")
        if not moved:
            return _decide_same(service, containers)
        changes = "its mounted files changed"
    blocker = why_stop_first(service)
    if blocker:
        gap = _START_SECONDS + (service.health.interval or 0.0 if service.health else 0.0)
        return ServicePlan(service.name, Strategy.STOP_FIRST, f"{changes}; {blocker}", gap)
    return ServicePlan(service.name, Strategy.START_FIRST, f"{changes}; nothing forbids two at once")


def _decide_same(service: Service, containers: tuple[ContainerState, ...]) -> ServicePlan:
    """What runs is wanted; a container beside it, such as one that a killed deploy left in a crash loop, is not.

    Data services are left alone also in this: what lies beside them may be a person's.
    """
    left = [container for container in containers if container.state != "running"]
    if left and service.role not in DATA_ROLES:
        why = f"{left[0].name} is left over ({left[0].state}) and goes; what runs stays"
        return ServicePlan(service.name, Strategy.START_FIRST, why)
    return ServicePlan(service.name, Strategy.UNTOUCHED, "image and configuration are the same")


def _decide_job(
    service: Service, wanted: Wanted, containers: tuple[ContainerState, ...], options: Options
) -> ServicePlan:
    if not options.migrate:
        return ServicePlan(service.name, Strategy.UNTOUCHED, "jobs are not run again on the way back")
    done = [c for c in containers if c.image_id == wanted.image_id and c.state == "exited" and c.exit_code == 0]
    same = [c for c in done if c.config_hash == wanted.config_hash]
    if same and not options.force:
        return ServicePlan(service.name, Strategy.UNTOUCHED, "it ended well with this image and configuration")
    return ServicePlan(service.name, Strategy.JOB, "it runs once in the new image, before the switch")


def _changes(service: Service, wanted: Wanted, running: list[ContainerState], options: Options) -> str:
    """Why the running containers are not what is wanted; empty when they are."""
    if options.force:
        return "recreation was asked for"
    if not wanted.image_id and service.build:
        return "its image is built anew"
    if any(container.image_id != wanted.image_id for container in running if wanted.image_id):
        return "its image changed"
    accepted = {wanted.config_hash} | ({wanted.plain_hash} if service.role in DATA_ROLES else set())
    if any(container.config_hash not in accepted for container in running if wanted.config_hash):
        return "its configuration changed"
    if len(running) != service.replicas:
        return f"{len(running)} of {service.replicas} replicas run"
    return ""


def why_stop_first(service: Service) -> str:
    """What forbids two containers of a service at once; empty when nothing does."""
    if fixed := [port.published for port in service.ports if port.published]:
        return f"it holds host port {', '.join(fixed)}"
    if service.container_name:
        return f"container_name {service.container_name} allows only one"
    if service.network_mode == "host":
        return "it uses the host's network"
    volumes = [mount for mount in service.mounts if mount.kind == "volume" and not mount.read_only]
    if volumes:
        return f"volume {volumes[0].source} has a single writer"
    return ""


def plan(
    stack: Stack,
    wanted: dict[str, Wanted],
    now: Situation,
    options: Options,
    *,
    release: str,
    parent: str,
) -> Plan:
    """The switch to a release: one step for each service that changes, then verify, soak and promote."""
    services = tuple(decide(service, wanted[service.name], now, options) for service in ordered(stack))
    moving = [each for each in services if each.strategy is not Strategy.UNTOUCHED]
    steps = (*(_step(each, stack, moving) for each in moving), *_removals(stack, now))
    return Plan(
        stack=stack.name,
        release=release,
        parent=parent,
        services=services,
        steps=(*steps, *(_closing() if options.closing else ())),
        collateral=_collateral(stack, now),
        refusals=_refusals(stack, services, options),
    )


def preparation() -> tuple[Step, ...]:
    """What comes before anything that serves is touched."""
    return (
        Step(
            id="build",
            kind=StepKind.BUILD,
            why="every image exists before anything that serves is touched",
            proof="each built image is with the engine and has an id",
            undo="nothing serves from them yet",
        ),
        Step(
            id="inspect",
            kind=StepKind.INSPECT,
            why="what will run is looked at before it runs",
            proof="no blocking check of the images fails",
            undo="nothing serves from them yet",
        ),
        Step(
            id="snapshot",
            kind=StepKind.SNAPSHOT,
            why="the release is kept with the engine, so that it can be returned to",
            proof="the engine has the release and the images under their own names",
            undo="the release is marked bad",
        ),
    )


_KINDS = {
    Strategy.RELOAD: (StepKind.RELOAD, "the proxy accepted the configuration and its workers are new"),
    Strategy.JOB: (StepKind.MIGRATE, "it ended with status 0 in the new image"),
}
_SWITCHED = (StepKind.SWITCH, "only containers of the new image and configuration run, and they are healthy")


def _after(each: ServicePlan, stack: Stack, moving: list[ServicePlan]) -> tuple[str, ...] | None:
    """What is created where nothing ran waits for what it depends on only; all else is done one by one."""
    service = stack.service(each.service)
    if each.strategy is not Strategy.CREATE or service is None:
        return None
    needed = {dependency.service for dependency in service.depends_on}
    before = moving[: moving.index(each)]
    return tuple(_id(other) for other in before if other.service in needed or other.strategy is not Strategy.CREATE)


def _id(each: ServicePlan) -> str:
    return f"{_KINDS.get(each.strategy, _SWITCHED)[0].value}-{each.service}"


def _step(each: ServicePlan, stack: Stack, moving: list[ServicePlan]) -> Step:
    kind, proof = _KINDS.get(each.strategy, _SWITCHED)
    job = each.strategy is Strategy.JOB
    return Step(
        id=_id(each),
        kind=kind,
        why=each.why,
        after=_after(each, stack, moving),
        proof=proof,
        undo="the schema stays as it is: the release before runs on it" if job else _UNDO,
        service=each.service,
        strategy=each.strategy,
        gap_seconds=each.gap_seconds,
    )


def _removals(stack: Stack, now: Situation) -> Iterable[Step]:
    gone = [name for name in now.containers if stack.service(name) is None]
    for name in gone:
        yield Step(
            id=f"remove-{name}",
            kind=StepKind.REMOVE,
            why="the stack no longer has this service",
            proof="no container of it is left",
            undo=_UNDO,
            service=name,
        )


def _closing() -> tuple[Step, ...]:
    return (
        Step(
            id="verify",
            kind=StepKind.VERIFY,
            why="a running container proves nothing about the site",
            proof="no blocking check of the live stack fails",
            undo=_UNDO,
        ),
        Step(
            id="soak",
            kind=StepKind.SOAK,
            why="a release is good only after it held for a while",
            proof="no restart, no new error, no slow answer in the window",
            undo=_UNDO,
        ),
        Step(
            id="promote",
            kind=StepKind.PROMOTE,
            why="it is the release to return to from now on",
            proof="the engine holds it as good",
            undo="an ordinary rollback",
        ),
    )


def _collateral(stack: Stack, now: Situation) -> tuple[str, ...]:
    gone = [name for name in now.containers if stack.service(name) is None]
    return tuple(f"service {name} is no longer in the stack: its containers are removed" for name in gone)


def _refusals(stack: Stack, services: tuple[ServicePlan, ...], options: Options) -> tuple[str, ...]:
    """A data service is never replaced as collateral: it must be named."""
    touching = {Strategy.STOP_FIRST, Strategy.START_FIRST}
    data = {service.name for service in stack.services if service.role in DATA_ROLES}
    return tuple(
        f"{each.service} holds data and would be recreated ({each.why}); name it with --recreate {each.service}"
        for each in services
        if each.service in data and each.strategy in touching and each.service not in options.recreate
    )
