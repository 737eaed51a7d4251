"""The Compose model and the stack of a throwaway copy: the same programs, and nothing real within their reach.

Reads of the disk only which mounted files the export has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from flawless.app.model_file import moved
from flawless.deploy.rehearsal_model import itself, quickened
from flawless.model.stack import DATA_ROLES, Attachment, Network, Origin, Role, Service, Stack

Json = dict[str, Any]

LABEL = "flawless.copy"
PLACE_LABEL = "flawless.copy.place"
LONE = "copy-alone"
_RESTARTS = 5
_SHARED = ("secrets", "configs")


class Ground(Struct, frozen=True):
    """Where a copy stands: the stack's folder, the clean export of it, and whether the copy may reach the outside."""

    root: Path
    tree: Path
    outbound: bool = False

    @property
    def place(self) -> str:
        """A short name of this folder: two checkouts of one stack do not disturb each other."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:8]


def project_of(stack: Stack, ground: Ground) -> str:
    """The copy's own Compose project."""
    return f"flawless-copy-{stack.name}-{ground.place}"


def copy_stack(stack: Stack, ground: Ground) -> Stack:
    """The stack as the copy is: its own networks, one container for each service, no published port, no fixed name."""
    project = project_of(stack, ground)
    networks = tuple(
        structs.replace(
            each, full_name=f"{project}_{each.name}", internal=_internal(stack, each.name, ground), external=False
        )
        for each in stack.networks
    )
    services = tuple(structs.replace(_lone(each), ports=(), replicas=1) for each in stack.services)
    if any(each.names(LONE) for each in services):
        networks = (*networks, Network(LONE, f"{project}_{LONE}", internal=True, external=False, origin=Origin("")))
    return structs.replace(stack, name=project, services=services, networks=networks)


def _lone(service: Service) -> Service:
    """Without its container_name, under which others reach it still."""
    placed = service
    if not service.networks and not _borrows(service):
        placed = structs.replace(service, networks=(Attachment(LONE),), network_mode="")
    names = (structs.replace(each, aliases=tuple(sorted(placed.names(each.network)))) for each in placed.networks)
    return structs.replace(placed, container_name="", networks=tuple(names))


def _borrows(service: Service) -> bool:
    """Whether it lives in another's network, or in none: both are as good in a copy."""
    return bool(service.lender) or service.network_mode == "none"


def _internal(stack: Stack, network: str, ground: Ground) -> bool:
    found = stack.network(network)
    return not ground.outbound or bool(found and found.internal)


def has_way_out(stack: Stack, service: Service) -> bool:
    """Whether the stack's own service, not its copy, reaches the outside."""
    attached = [stack.network(each.network) for each in stack.attached(service)]
    return any(each and not each.internal for each in attached) or service.network_mode in ("host", "bridge")


def copy_model(model: Json, stack: Stack, images: Mapping[str, str], ground: Ground) -> Json:
    """The copy's Compose model; ``images`` are the ids to run by service, ``stack`` is the stack itself."""
    twin, labels = copy_stack(stack, ground), {LABEL: stack.name, PLACE_LABEL: ground.place}
    services = {
        each.name: _service(model["services"][each.name], each, images[each.name], ground) | {"labels": labels}
        for each in twin.services
    }
    keys = sorted({each.network for service in twin.services for each in service.networks})
    networks = {key: {"internal": _internal(stack, key, ground), "labels": labels} for key in keys}
    # Driver options are left out with all else: a volume may be a folder of the host or of another machine.
    volumes = {name: {"labels": labels} for name in sorted(set(_named_volumes(services)))}
    shared = {kind: model[kind] for kind in _SHARED if model.get(kind)}
    return {"services": services, "networks": networks, "volumes": volumes, **shared}


def _service(service: Json, twin: Service, image: str, ground: Ground) -> Json:
    again = "no" if twin.restart in ("", "no") or twin.role is Role.JOB else f"on-failure:{_RESTARTS}"
    made = {
        **itself(service),
        **_processors(service),
        "image": image,
        "restart": again,
        "healthcheck": quickened(_asked(service)),
    }
    made["volumes"] = [_mount(mount, twin, ground) for mount in service.get("volumes") or ()]
    if _borrows(twin):
        return made | {"network_mode": twin.network_mode}
    return made | {"networks": {each.network: {"aliases": list(each.aliases)} for each in twin.networks}}


def _processors(service: Json) -> Json:
    """The limit that it has where it runs: how long it boots is measured."""
    limits = ((service.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    cpus = service.get("cpus") or limits.get("cpus")
    return {"cpus": float(cpus)} if cpus else {}


def _asked(service: Json) -> Json:
    """The healthcheck without the times that decide when to give up: how long it needs is what is measured."""
    health = service.get("healthcheck") or {}
    return {key: value for key, value in health.items() if key not in ("start_period", "start_interval")}


def _mount(mount: Json, service: Service, ground: Ground) -> Json:
    """Configuration from the commit, or read-only from where it is; data are volumes of the copy's own, empty."""
    if mount["type"] == "tmpfs":
        return mount
    if mount["type"] == "volume":
        named = {"source": mount["source"]} if mount.get("source") else {}
        return {"type": "volume", "target": mount["target"], "read_only": bool(mount.get("read_only")), **named}
    if mount["type"] != "bind" or mount["source"].endswith(".sock"):
        return {"type": "volume", "target": mount["target"]}
    exported = Path(moved(mount["source"], ground.root, ground.tree))
    if exported != Path(mount["source"]) and exported.exists():
        return {**mount, "source": str(exported)}
    if mount.get("read_only") or _is_read_only_at_heart(Path(mount["source"]), service):
        return {**mount, "read_only": True}
    return {"type": "volume", "target": mount["target"]}


def _is_read_only_at_heart(source: Path, service: Service) -> bool:
    """A single file, or what a proxy mounts: certificates and settings, whether or not somebody wrote ``:ro``."""
    return source.is_file() or (service.role is Role.PROXY and service.role not in DATA_ROLES)


def _named_volumes(services: Mapping[str, Json]) -> Iterator[str]:
    for service in services.values():
        yield from (each["source"] for each in service["volumes"] if each["type"] == "volume" and each.get("source"))
