"""The throwaway copy on the engine: made, lent, and removed whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct, structs

from flawless.app.rehearsing.model import LABEL, PLACE_LABEL, Ground, copy_model, copy_stack
from flawless.app.session import Session
from flawless.deploy.model_text import to_text
from flawless.errors import CommandError, EngineError
from flawless.model.settings import EdgeSettings
from flawless.model.stack import Role, Service, Stack
from flawless.ports.bundle import Ports, Target
from flawless.ports.doorway import doorway
from flawless.ports.engine import SERVICE_LABEL, Json
from flawless.ports.relay import Relay
from flawless.ports.shell import CommandResult
from flawless.ports.streams import engine_time

COMPOSE_SECONDS = 120.0
_GONE_SECONDS = 15.0
_STRAY_SECONDS = 3600.0
_POLL = 0.2
_WAYS_IN = (("url", "https", (443, 8443)), ("http_url", "http", (80, 8080)))


class Copy(Struct, frozen=True):
    """A copy that was created and not yet started.

    ``target`` is what probes look at: its stack is the copy's (name, networks), and its settings lead to the copy's own
    way in. ``real`` is the stack that it is a copy of; ``refs`` are the ids of its containers by service.
    """

    session: Session
    real: Stack
    target: Target
    file: Path
    refs: dict[str, str]

    @property
    def ports(self) -> Ports:
        """The ports through which it is reached."""
        return self.target.ports


@asynccontextmanager
async def throwaway(session: Session, images: Mapping[str, str], ground: Ground) -> AsyncIterator[Copy]:
    """A copy of the session's stack on these images (ids by service), removed at the end.

    Raise CommandError or EngineError when it cannot be made.
    """
    ports, twin = session.ports, copy_stack(session.stack, ground)
    file = ground.tree.parent / "copy.json"
    model = copy_model(session.resolved.model, session.stack, images, ground)
    relay = ports.relay or Relay(ports.engine)
    ports = structs.replace(ports, relay=relay)
    try:
        ports.files.write(file, to_text(model).encode())
        ground.tree.chmod(0o755)  # containers run as other users than we do
        await _created(session, twin, file)
        refs = await _refs(ports, twin)
        async with AsyncExitStack() as doors:
            edge = await _edge(doors, relay, session, twin)
            settings = structs.replace(session.settings, edge=edge)
            yield Copy(session, session.stack, Target(twin, settings, ports, throwaway=True), file, refs)
    finally:
        await asyncio.shield(_removed(ports, relay, session.stack.name, ground))
        ports.files.remove(file)


async def sweep(ports: Ports, stack: str, place: str) -> None:
    """Remove what copies of this stack left: those made from this folder, and any that is an hour old.

    Raise EngineError when something will not go.
    """
    engine, now = ports.engine, ports.clock.now()

    def ours(labels: Json, created: str) -> bool:
        return labels.get(PLACE_LABEL) == place or now - engine_time(created) > _STRAY_SECONDS

    label = [f"{LABEL}={stack}"]
    for container in await engine.containers(label):
        if ours(container["Config"]["Labels"], container["Created"]):
            await engine.remove(container["Id"], force=True)
    for network in await engine.networks(label):
        if ours(network["Labels"], network["Created"]):
            await _network_removed(ports, network["Id"])
    for volume in await engine.volumes(label):
        if ours(volume["Labels"], volume["CreatedAt"]):
            await engine.remove_volume(volume["Name"])


async def _network_removed(ports: Ports, ref: str) -> None:
    """A relay that looked from there is on its way out: the network goes once it has left."""
    end = ports.clock.monotonic() + _GONE_SECONDS
    while True:
        try:
            return await ports.engine.remove_network(ref)
        except EngineError:
            if ports.clock.monotonic() > end:
                raise
        await ports.clock.sleep(_POLL)


async def _removed(ports: Ports, relay: Relay, stack: str, ground: Ground) -> None:
    await relay.close()
    await sweep(ports, stack, ground.place)


def compose_argv(session: Session, twin: Stack, file: Path, *words: str) -> list[str]:
    """Compose on the copy's own file."""
    return [*session.compose, "--project-name", twin.name, "--file", str(file), *words]


async def _created(session: Session, twin: Stack, file: Path) -> None:
    argv = compose_argv(session, twin, file, "create", "--no-build")
    result: CommandResult = await session.ports.shell.run(argv, timeout=COMPOSE_SECONDS)
    if not result.ok:
        said = session.ports.masker.mask(result.stderr).strip().splitlines() or ["it said nothing"]
        raise CommandError(f"the throwaway copy cannot be created: {said[-1]}", where="compose create")


async def _refs(ports: Ports, twin: Stack) -> dict[str, str]:
    found: dict[str, str] = {}
    for container in await ports.engine.containers([f"com.docker.compose.project={twin.name}"]):
        found[container["Config"]["Labels"][SERVICE_LABEL]] = container["Id"]
    return found


async def _edge(doors: AsyncExitStack, relay: Relay, session: Session, twin: Stack) -> EdgeSettings:
    """How the copy is reached: a loopback port for each way in that the stack's proxy publishes."""
    said, found = session.settings.edge, {}
    for name, scheme, usual in _WAYS_IN:
        way = _way_in(session.stack, usual)
        network = network_of(twin, way[0]) if way else ""
        if way and network:
            port = await doors.enter_async_context(doorway(relay, network, way[0].name, way[1]))
            found[name] = f"{scheme}://127.0.0.1:{port}"
    return structs.replace(said, url=found.get("url", ""), http_url=found.get("http_url", ""), host=_host(said))


def _way_in(stack: Stack, usual: tuple[int, ...]) -> tuple[Service, int] | None:
    services = stack.with_role(Role.PROXY) or stack.services
    ways = ((service, port.target) for service in services for port in service.ports if port.target in usual)
    return next(ways, None)


def network_of(twin: Stack, service: Service) -> str:
    """A network of the copy on which a service is, by its full name."""
    found = (twin.network(each.network) for each in twin.attached(service))
    return next((each.full_name for each in found if each), "")


def _host(edge: EdgeSettings) -> str:
    """The name that clients ask for: a proxy answers by it."""
    return edge.host or urlsplit(edge.url).hostname or ""
