"""From the wanted release and what runs now to a plan. Pure: prints as text, compares as data."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, structs

from flawless.deploy import collateral
from flawless.deploy.frame import BACKUP, UNDO, closing
from flawless.deploy.lookups import Lookup
from flawless.deploy.maintenance import with_page
from flawless.model.observed import ContainerState, Made
from flawless.model.plan import Plan, ServicePlan, Step, StepKind, Strategy
from flawless.model.stack import DATA_ROLES, Dependency, Role, Rollout, Service, Stack

# A proxy that looks a name up again within this time is waited for; one that takes longer is reloaded.
MOST_LOOKUP_SECONDS = 10.0
# What a replacement usually costs, for the printed expectation only: the real gap is measured.
_START_SECONDS = 2.0


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
    """What runs now: containers by service, digests of the mounted files that are live, networks and volumes, and what
    running proxies know.
    """

    containers: dict[str, tuple[ContainerState, ...]]
    files: dict[str, str]
    networks: tuple[Made, ...] = ()
    volumes: tuple[Made, ...] = ()
    lookups: tuple[Lookup, ...] = ()


class Options(Struct, frozen=True):
    """What the operator asked for: data services that may be recreated, all recreated, jobs run, these services only,
    a page shown meanwhile.

    ``closing`` is false on the way back: the proof of each step is the verification then, and Compose's
    ``rollback_config`` holds instead of its ``update_config``.
    """

    closing: bool = True
    recreate: tuple[str, ...] = ()
    force: bool = False
    migrate: bool = True
    only: tuple[str, ...] = ()
    maintenance: bool = False


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
    changes = _changes(service, wanted, running, options) or _nameless(service, running)
    anew = options.force
    if not changes:
        moved = wanted.files_digest != now.files.get(service.name, wanted.files_digest)
        if moved and service.role is Role.PROXY and "nginx" in service.image:
            return ServicePlan(service.name, Strategy.RELOAD, "only its mounted configuration changed")
        if not moved:
            return ServicePlan(service.name, Strategy.UNTOUCHED, "image and configuration are the same")
        changes, anew = "its mounted files changed", True
    return structs.replace(_replaced(service, changes, rollout_of(service, options), now), anew=anew)


def _replaced(service: Service, changes: str, rollout: Rollout, now: Situation) -> ServicePlan:
    """Start-first unless two cannot be or Compose's file says otherwise; it cannot ask for what cannot be."""
    blocker = why_stop_first(service)
    if blocker and rollout.order == "start-first":
        blocker = f"{blocker}, whatever its order start-first says"
    if not blocker and rollout.order == "stop-first":
        blocker = "its order in the compose file is stop-first"
    reloaded, _ = told(service, now)
    also = f"; {', '.join(reloaded)} is reloaded, for it keeps the address it looked up" if reloaded else ""
    if blocker:
        gap = _START_SECONDS + (service.health.interval or 0.0 if service.health else 0.0)
        return ServicePlan(service.name, Strategy.STOP_FIRST, f"{changes}; {blocker}{also}", gap)
    named = f"; the name {service.handed_name} is handed over" if service.handed_name else ""
    return ServicePlan(service.name, Strategy.START_FIRST, f"{changes}; nothing forbids two at once{named}{also}")


def rollout_of(service: Service, options: Options) -> Rollout:
    """What Compose's file says of replacing the containers, forward or on the way back."""
    return service.update if options.closing else service.rollback


def told(service: Service, now: Situation) -> tuple[tuple[str, ...], float]:
    """The proxies to reload when a service has a new address, and for how many seconds the others keep an old one.

    A reload costs clients their idle connections, so that a short time is rather waited for.
    """
    ours = [lookup for lookup in now.lookups if lookup.service == service.name]
    reloaded = {lookup.proxy for lookup in ours if lookup.seconds is None or lookup.seconds > MOST_LOOKUP_SECONDS}
    waited = [lookup.seconds or 0.0 for lookup in ours if lookup.proxy not in reloaded]
    return tuple(sorted(reloaded)), max(waited, default=0.0)


def _asked(each: ServicePlan, options: Options) -> ServicePlan:
    if not options.only or each.service in options.only:
        return each
    return ServicePlan(each.service, Strategy.UNTOUCHED, f"--only {', '.join(options.only)}")


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


def _nameless(service: Service, running: list[ContainerState]) -> str:
    """What a switch that was cut off before the name was handed over left to be done; empty when nothing is."""
    if service.handed_name and all(container.name != service.handed_name for container in running):
        return f"its container is not called {service.handed_name} yet"
    return ""


def handed_names(stack: Stack) -> dict[str, str]:
    """Container names by service that can be handed over after a switch: nothing else forbids two at once.

    A data service keeps its own: its configuration must not change, and there are never two of it.
    """
    return {
        service.name: service.container_name
        for service in stack.services
        if service.container_name
        and service.role not in {*DATA_ROLES, Role.JOB}
        and not why_stop_first(structs.replace(service, container_name=""))
    }


def why_stop_first(service: Service) -> str:
    """What forbids two containers of a service at once; empty when nothing does."""
    if fixed := [port.published for port in service.ports if port.published]:
        return f"it holds host port {', '.join(fixed)}"
    if service.container_name:
        return f"container_name {service.container_name} allows only one"
    if placed := [each for each in service.networks if each.fixed]:
        return f"only one can have the address {placed[0].fixed} in {placed[0].network}"
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
    if options.only:  # others are not even removed
        ours = {name: states for name, states in now.containers.items() if stack.service(name)}
        now = structs.replace(now, containers=ours)
    renewed = collateral.renewed(stack, now.networks, now.volumes, volumes_too=options.closing)
    services = tuple(_asked(decide(each, wanted[each.name], now, options), options) for each in ordered(stack))
    services = tuple(collateral.taken_along(each, stack, renewed, now.containers) for each in services)
    moving = [each for each in services if each.strategy is not Strategy.UNTOUCHED]
    renewals = tuple(collateral.renewals(renewed))
    alone = {each.service for each in moving if not _beside_others(each, stack, now)}
    replacing = (_aware(_step(each, stack, moving, alone), each, stack, now, options) for each in moving)
    steps = (
        *renewals,
        *(collateral.behind(renewals, step) for step in replacing),
        *collateral.tidying(services, stack, now.containers),
        *_removals(stack, now),
    )
    said: tuple[str, ...] = ()
    if options.maintenance:
        steps, said = with_page(steps, services, stack, now.files)
    return Plan(
        stack=stack.name,
        release=release,
        parent=parent,
        services=services,
        steps=(*steps, *(closing() if options.closing else ())),
        collateral=(
            *collateral.unreturnable(parent, now.containers),
            *collateral.told(stack, services, renewed, now.containers, networks=now.networks, volumes=now.volumes),
            *collateral.dependents(stack, options.only),
            *said,
        ),
        refusals=(*_refusals(stack, services, options), *collateral.refused(renewed, now.containers, options.recreate)),
    )


def backed_up(made: Plan) -> Plan:
    """The plan with a backup before its first job; the database runs by then."""
    first = next((at for at, step in enumerate(made.steps) if step.kind is StepKind.MIGRATE), len(made.steps))
    late = structs.replace(BACKUP, id="backup-before-migration")
    return structs.replace(made, steps=(*made.steps[:first], late, *made.steps[first:]))


_KINDS = {
    Strategy.RELOAD: (StepKind.RELOAD, "the proxy accepted the configuration and its workers are new"),
    Strategy.JOB: (StepKind.MIGRATE, "it ended with status 0 in the new image"),
}
_SWITCHED = (StepKind.SWITCH, "only containers of the new image and configuration run, and they are healthy")


def _beside_others(each: ServicePlan, stack: Stack, now: Situation) -> bool:
    """Whether it changes hands without a gap and without a proxy that is reloaded for it, or where nothing ran."""
    service = stack.service(each.service)
    gapless = each.strategy is Strategy.START_FIRST and service is not None and not told(service, now)[0]
    return gapless or each.strategy is Strategy.CREATE


def _after(each: ServicePlan, stack: Stack, moving: list[ServicePlan], alone: set[str]) -> tuple[str, ...] | None:
    """What stops nothing waits for what it depends on only; all else is done ``alone``, one after the other."""
    service = stack.service(each.service)
    if service is None or each.service in alone:
        return None
    needed = alone | {dependency.service for dependency in service.depends_on}
    return tuple(_id(other) for other in moving[: moving.index(each)] if other.service in needed)


def _id(each: ServicePlan) -> str:
    return f"{_KINDS.get(each.strategy, _SWITCHED)[0].value}-{each.service}"


def _step(each: ServicePlan, stack: Stack, moving: list[ServicePlan], alone: set[str]) -> Step:
    kind, proof = _KINDS.get(each.strategy, _SWITCHED)
    job = each.strategy is Strategy.JOB
    return Step(
        id=_id(each),
        kind=kind,
        why=each.why,
        after=_after(each, stack, moving, alone),
        proof=proof,
        undo="the schema stays as it is: the release before runs on it" if job else UNDO,
        service=each.service,
        strategy=each.strategy,
        gap_seconds=each.gap_seconds,
    )


def _aware(step: Step, each: ServicePlan, stack: Stack, now: Situation, options: Options) -> Step:
    """The step with how containers are replaced, which of them, and which proxies must hear of it."""
    service = stack.service(step.service)
    if step.kind is not StepKind.SWITCH or service is None:
        return step
    reloaded, seconds = told(service, now)
    doors = (lookup.door for lookup in now.lookups if lookup.service == service.name and lookup.door)
    return structs.replace(
        step,
        rollout=rollout_of(service, options),
        reload=reloaded,
        lookup_seconds=seconds,
        doors=tuple(dict.fromkeys(doors)),
        replaces=tuple(state.id for state in now.containers.get(service.name, ())) if each.anew else (),
    )


def _removals(stack: Stack, now: Situation) -> Iterable[Step]:
    gone = [name for name in now.containers if stack.service(name) is None]
    for name in gone:
        yield Step(
            id=f"remove-{name}",
            kind=StepKind.REMOVE,
            why="the stack no longer has this service",
            proof="no container of it is left",
            undo=UNDO,
            service=name,
        )


def _refusals(stack: Stack, services: tuple[ServicePlan, ...], options: Options) -> tuple[str, ...]:
    """A data service is never replaced as collateral: it must be named."""
    touching = {Strategy.STOP_FIRST, Strategy.START_FIRST}
    data = {service.name for service in stack.services if service.role in DATA_ROLES}
    return tuple(
        f"{each.service} holds data and would be recreated ({each.why}); name it with --recreate {each.service}"
        for each in services
        if each.service in data and each.strategy in touching and each.service not in options.recreate
    )
