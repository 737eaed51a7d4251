"""The Compose model of a rehearsal: the same images and settings, apart from everything that is real. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from flawless.model.stack import DATA_ROLES, Health, Role, Service, Stack
from flawless.ports.strays import SHARES

Json = dict[str, Any]

LABEL = "flawless.rehearsal"
NETWORK = "rehearsal"
PASSES = ("empty", "again", "copy")
FORMER = "former-"
LOOK_SECONDS = 1.0
MEMORY = "512m"
_POSTGRES = re.compile(r"postgres|postgis|timescale|pgvector", re.IGNORECASE)
# What a container needs to be itself. Whatever ties it to the host, to other networks or to other names is left out.
_KEPT = (
    "image", "command", "entrypoint", "user", "group_add", "working_dir", "environment", "secrets", "configs", "tmpfs",
    "read_only", "cap_add", "cap_drop", "security_opt", "init", "shm_size", "ulimits", "stop_signal", "platform",
    "mem_limit", "pids_limit",
)  # fmt: skip


class Cast(Struct, frozen=True):
    """Who takes part: the database, the stores that the others need besides it, the jobs, the former services."""

    database: str
    stores: tuple[str, ...]
    jobs: tuple[str, ...]
    former: tuple[str, ...] = ()


def database_of(stack: Stack, service: Service) -> Service | None:
    """The PostgreSQL of the stack that a service uses; None when it names another one, or none is near it."""
    databases = [each for each in stack.with_role(Role.DATABASE) if is_postgres(stack, each)]
    urls = [variable.url for variable in service.env if variable.url and "postgres" in variable.url.scheme]
    if urls:
        return next((each for each in databases if any(stack.named(url.host, service) == each for url in urls)), None)
    needed = {dependency.service for dependency in service.depends_on}
    near = [each for each in databases if each.name in needed or stack.shared_networks(service, each)]
    return next((each for each in near if each.name in needed), near[0] if near else None)


def is_postgres(stack: Stack, service: Service) -> bool:
    """By its image, its settings, or a URL that leads to it."""
    if _POSTGRES.search(service.image) or any(variable.name.startswith("POSTGRES_") for variable in service.env):
        return True
    return any(
        variable.url and "postgres" in variable.url.scheme and stack.named(variable.url.host, each) == service
        for each in stack.services
        for variable in each.env
    )


def cast_of(stack: Stack, jobs: Iterable[Service], database: Service, former: Iterable[Service] = ()) -> Cast:
    """The jobs that use the database, and the stores that they and the former release's services need."""
    ours = [job for job in jobs if database_of(stack, job) == database]
    players = (*ours, *former)
    stores = [store for store in stack.with_role(*DATA_ROLES) if store.name != database.name]
    needed = tuple(store.name for store in stores if any(needs(stack, player, store) for player in players))
    return Cast(database.name, needed, tuple(job.name for job in ours), tuple(each.name for each in former))


def needs(stack: Stack, player: Service, store: Service) -> bool:
    """Whether a service has a URL that leads to a store, or waits for it."""
    hosts = {variable.url.host for variable in player.env if variable.url}
    depends = any(dependency.service == store.name for dependency in player.depends_on)
    return depends or any(stack.named(host, player) == store for host in hosts)


def users_of(stack: Stack, database: str) -> tuple[Service, ...]:
    """The backends of a stack that use its database of that name."""
    found = stack.service(database)
    backends = stack.with_role(Role.BACKEND)
    return tuple(each for each in backends if found and database_of(stack, each) == found)


def rehearsal_model(
    model: Json, stack: Stack, cast: Cast, moved: Callable[[str], str], former: tuple[Json, Callable[[str], str]]
) -> Json:
    """The model; ``moved`` tells where the copy of a mounted file is, "" where it has none; so for the former model."""
    services = model["services"]
    made = {name: _apart(services[name], stack, name, moved) for name in (cast.database, *cast.stores)}
    made |= {f"{job}-{on}": _apart(services[job], stack, job, moved) for job in cast.jobs for on in PASSES}
    before, moved_before = former
    for name in cast.former:
        service = before["services"][name]
        quick = {"healthcheck": quickened(service.get("healthcheck") or {})}
        made[f"{FORMER}{name}"] = {**_apart(service, stack, name, moved_before), **quick}
    made[cast.database] |= {**_hurried(made[cast.database]), "healthcheck": {"disable": True}}  # we ask ourselves
    shared = {kind: {**(before.get(kind) or {}), **(model.get(kind) or {})} for kind in ("secrets", "configs")}
    network = {"internal": True, "labels": {LABEL: stack.name}}
    return {"services": made, "networks": {NETWORK: network}, **{kind: each for kind, each in shared.items() if each}}


def _apart(service: Json, stack: Stack, name: str, moved: Callable[[str], str]) -> Json:
    """One service on the rehearsal's own network, under every name that it has, with mounts of its own."""
    found = stack.service(name)
    names = {alias for each in found.networks for alias in found.names(each.network)} if found else set()
    mounts = [_mount(mount, moved) for mount in service.get("volumes") or ()]
    place = {"networks": {NETWORK: {"aliases": sorted(names)}}}
    return {**itself(service), "restart": "no", "labels": {LABEL: stack.name}, **place, "volumes": mounts}


def itself(service: Json) -> Json:
    """What a service is without all that ties it to the host, to networks, names and data; its memory is bounded."""
    kept = {key: service[key] for key in _KEPT if service.get(key) is not None}
    declared = ((service.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    limits = {name: value for name, value in declared.items() if name != "cpus"}
    if limits:
        kept["deploy"] = {"resources": {"limits": limits}}
    if not limits.get("memory"):
        kept.setdefault("mem_limit", MEMORY)
    return {**kept, "cpu_shares": SHARES, "pull_policy": "never"}


def _hurried(service: Json) -> Json:
    """A throwaway database need not survive a power cut."""
    command = service.get("command") or ()
    return {"command": [*command, "-c", "fsync=off"]} if command and command[0] == "postgres" else {}


def _mount(mount: Json, moved: Callable[[str], str]) -> Json:
    """A copy of what the release records, or what can only be read; anything else is a volume that goes away again."""
    if mount["type"] == "tmpfs":
        return mount
    if mount["type"] == "bind":
        if source := moved(mount["source"]):
            return {**mount, "source": source}
        if mount.get("read_only") and not mount["source"].endswith(".sock"):
            return mount
    return {"type": "volume", "target": mount["target"]}


def copies(live: Path, folder: Path) -> Callable[[str], str]:
    """Where in ``folder`` the copy of a file below ``live`` is; "" for any other path."""

    def moved(path: str) -> str:
        return str(folder / Path(path).relative_to(live)) if Path(path).is_relative_to(live) else ""

    return moved


def quickened(health: Json) -> Json:
    """The same test, asked every second."""
    return health if health.get("disable") else {**health, "interval": f"{LOOK_SECONDS:.0f}s"}


def quick(service: Service) -> Service:
    """The service as its rehearsed container is: its healthcheck asked every second."""
    health = service.health or Health((), False, service.at("healthcheck"))
    return structs.replace(service, health=structs.replace(health, interval=LOOK_SECONDS))


def misfits(before: dict[str, str], after: dict[str, str], required: str) -> tuple[str, ...]:
    """What of the columns a release that knows only ``before`` may stumble over; types that end so must be given."""
    tables = {column.rpartition(".")[0] for column in before}
    found = [f"{column} is gone" for column in before if column not in after]
    for column, kind in before.items():
        if after.get(column, kind) not in (kind, kind.removesuffix(required).strip()):
            found.append(f"{column} is {after[column]}, was {kind}")
    new = (column for column in after if column not in before and column.rpartition(".")[0] in tables)
    return (*found, *(f"{column} is new and must be given" for column in new if after[column].endswith(required)))
