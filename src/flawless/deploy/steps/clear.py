"""Everything of a project goes, found by its label alone; volumes only where the step says so."""

from __future__ import annotations

from flawless.deploy.clearing import VOLUMES
from flawless.deploy.handler import Handler
from flawless.deploy.plan import ordered
from flawless.deploy.rollout import grace_of
from flawless.deploy.site import Outcome, Site
from flawless.deploy.steps.remove import GRACE
from flawless.model.plan import Step, StepKind
from flawless.ports.engine import PROJECT_LABEL, SERVICE_LABEL, VOLUME_LABEL, Json


async def act(site: Site, step: Step) -> None:
    """Stop and remove the containers, what depends on others first, then networks, then volumes."""
    engine = site.ports.engine
    for raw in await _containers(site):
        name = raw["Name"].lstrip("/")
        service = site.stack.service((raw["Config"].get("Labels") or {}).get(SERVICE_LABEL, ""))
        site.progress(f"stopping {name}")
        await engine.stop(raw["Id"], grace_of(service) if service else GRACE)
        await engine.remove(raw["Id"], force=True)
    for network in await engine.networks(_ours(site)):
        if _used(network):
            site.notes.append(f"network {network['Name']} stays: a container of somebody else is on it")
        else:
            await engine.remove_network(network["Id"])
    for volume in await _volumes(site, step):
        site.progress(f"removing volume {volume['Name']}")
        await engine.remove_volume(volume["Name"])


def _ours(site: Site) -> list[str]:
    return [f"{PROJECT_LABEL}={site.stack.name}"]


async def _containers(site: Site) -> list[Json]:
    order = {service.name: number for number, service in enumerate(ordered(site.stack))}

    def last(raw: Json) -> int:
        return order.get((raw["Config"].get("Labels") or {}).get(SERVICE_LABEL, ""), len(order))

    return sorted(await site.ports.engine.containers(_ours(site)), key=last, reverse=True)


def _used(network: Json) -> bool:
    return bool(network.get("Containers"))


async def _volumes(site: Site, step: Step) -> list[Json]:
    """Those that the step may remove: labelled as this project's, and declared as its own."""
    if step.resource != VOLUMES:
        return []
    own = {volume.name for volume in site.stack.volumes if not volume.external}
    found = await site.ports.engine.volumes(_ours(site))
    return [volume for volume in found if (volume.get("Labels") or {}).get(VOLUME_LABEL) in own]


async def proof(site: Site, step: Step) -> Outcome:
    """Nothing of it is left that the step takes away."""
    containers = await _containers(site)
    networks = [each for each in await site.ports.engine.networks(_ours(site)) if not _used(each)]
    volumes = await _volumes(site, step)
    left = f"{len(containers)} containers, {len(networks)} networks and {len(volumes)} volumes to take away are left"
    return Outcome(not (containers or networks or volumes), left)


HANDLER = Handler(StepKind.CLEAR, act, proof)
