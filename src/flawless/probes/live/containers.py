"""Every container of every service, as the engine describes it."""

from __future__ import annotations

from flawless.model.facts import Evidence, Fact
from flawless.model.keys import CONTAINERS
from flawless.model.observed import ContainerState
from flawless.model.stack import Service
from flawless.ports.bundle import Probe, Target
from flawless.ports.engine import Json
from flawless.ports.inspect import container_state
from flawless.probes.live._services import each_service


async def gather(target: Target) -> list[Fact]:
    """The containers of each service; none for a service that has none."""

    async def look(service: Service, containers: list[Json]) -> tuple[tuple[ContainerState, ...], tuple[Evidence, ...]]:
        states = tuple(container_state(container, target.ports.masker) for container in containers)
        return states, tuple(_evidence(target, state) for state in states)

    return await each_service(target, CONTAINERS, look)


def _evidence(target: Target, state: ContainerState) -> Evidence:
    ended = f"exit code {state.exit_code}, {state.restart_count} restarts"
    said = f"{state.name}: {state.state}, health {state.health}, {ended}"
    detail = "\n".join(text for text in (said, state.error, state.health_output) if text)
    what = f"GET /containers/{state.id[:12]}/json"
    return target.ports.masker.evidence(what, 200, detail, target.ports.clock.now(), 0.0)


PROBE = Probe(keys=(CONTAINERS,), gather=gather)
