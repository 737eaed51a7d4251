"""Where a deploy happens: the stack, the ports, the release that is wanted, and looking at what runs."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from pathlib import Path

from msgspec import Struct, field

from flawless.deploy.plan import Situation, Wanted
from flawless.errors import CommandError
from flawless.model.observed import ContainerState, Made
from flawless.model.plan import StepKind
from flawless.model.release import ConfigFile, Release
from flawless.model.settings import Settings
from flawless.model.stack import Service, Stack
from flawless.ports.bundle import Ports
from flawless.ports.engine import (
    HASH_LABEL,
    NETWORK_LABEL,
    NUMBER_LABEL,
    ONEOFF_LABEL,
    PROJECT_LABEL,
    SERVICE_LABEL,
    VOLUME_LABEL,
    Json,
)
from flawless.ports.inspect import container_state
from flawless.ports.shell import CommandResult

COMPOSE_TIMEOUT = 300.0

Progress = Callable[[str], None]


class Outcome(Struct, frozen=True):
    """What a proof found: whether it holds, and one sentence of what was measured. ``fatal``: waiting will not help."""

    holds: bool
    message: str
    fatal: bool = False
    evidence: tuple[str, ...] = ()


class Site(Struct, frozen=True, kw_only=True):
    """All that a step needs. ``model`` is the release's Compose file on disk; ``folder`` is ``.flawless``.

    ``compose`` is the argv that Compose answers to; ``actions`` are the use-cases (verify, soak, ...) that gather
    and judge and answer with an outcome. Steps add to ``notes``, for the report, and to ``left``: services that stay as
    they are after a failure, because their ``failure_action`` is continue.
    """

    ports: Ports
    stack: Stack
    settings: Settings
    release: Release
    wanted: dict[str, Wanted]
    model: Path
    folder: Path
    compose: tuple[str, ...]
    progress: Progress
    actions: dict[StepKind, Callable[[], Awaitable[Outcome]]] = {}
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    notes: list[str] = field(default_factory=list)
    left: set[str] = field(default_factory=set)

    @property
    def live(self) -> Path:
        """The folder from which configuration files are mounted; it outlives releases so that mounts stay the same."""
        return self.folder / "live"

    def service(self, name: str) -> Service:
        """The service of that name; raise KeyError when the stack has none."""
        found = self.stack.service(name)
        if found is None:
            raise KeyError(name)
        return found


async def observe(stack: Stack, ports: Ports) -> dict[str, tuple[ContainerState, ...]]:
    """The stack's containers by service, one-off runs left out, ordered by number."""
    found = await ports.engine.containers([f"{PROJECT_LABEL}={stack.name}"])
    by_service: dict[str, list[ContainerState]] = {}
    for raw in found:
        labels = raw["Config"].get("Labels") or {}
        if labels.get(ONEOFF_LABEL, "False") == "False" and NUMBER_LABEL in labels:
            by_service.setdefault(labels[SERVICE_LABEL], []).append(container_state(raw, ports.masker))
    return {name: tuple(sorted(states, key=lambda c: c.number)) for name, states in by_service.items()}


def pending_reload(folder: Path, service: str) -> Path:
    """A file that is there while a proxy has files in place that it may not have loaded."""
    return folder / f"reloading-{service}"


async def situation(stack: Stack, ports: Ports, live: Path) -> Situation:
    """All of it together; files that were put in place but perhaps never loaded count as others."""
    containers = await observe(stack, ports)
    ours = [f"{PROJECT_LABEL}={stack.name}"]
    networks = tuple(_made(raw, NETWORK_LABEL) for raw in await ports.engine.networks(ours))
    volumes = tuple(_made(raw, VOLUME_LABEL) for raw in await ports.engine.volumes(ours))
    files = await asyncio.to_thread(lambda: {service.name: _loaded(service, live) for service in stack.services})
    return Situation(containers, {name: digest for name, digest in files.items() if digest}, networks, volumes)


def _made(raw: Json, label: str) -> Made:
    labels = raw.get("Labels") or {}
    members = tuple((ref, each["Name"]) for ref, each in (raw.get("Containers") or {}).items())
    return Made(labels.get(label, ""), raw["Name"], labels.get(HASH_LABEL, ""), members)


def _loaded(service: Service, live: Path) -> str:
    pending = pending_reload(live.parent, service.name).exists()
    return "reloading" if pending else files_digest(service, live)


def mounted_folder(service: Service, live: Path) -> list[Path]:
    """The live paths that a service mounts."""
    return [
        Path(mount.source)
        for mount in service.mounts
        if mount.kind == "bind" and Path(mount.source).is_relative_to(live)
    ]


def files_digest(service: Service, live: Path) -> str:
    """Digest over the live files that a service mounts; empty when it mounts none."""
    paths = sorted(
        file for path in mounted_folder(service, live) for file in ([path] if path.is_file() else path.rglob("*"))
    )
    return digest_of([(str(file.relative_to(live)), file.read_bytes()) for file in paths if file.is_file()])


def digest_of(files: list[tuple[str, bytes]]) -> str:
    """Digest over names and contents, in order; empty for no files."""
    total = hashlib.sha256()
    for name, content in files:
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest() if files else ""


def under(path: str, mounts: list[str]) -> bool:
    """Whether a relative path is one of the mounts or inside one."""
    return any(path == mount or path.startswith(f"{mount}/") for mount in mounts)


def files_for(service: Service, live: Path, files: tuple[ConfigFile, ...]) -> tuple[ConfigFile, ...]:
    """The release's configuration files that a service mounts."""
    mounts = [str(path.relative_to(live)) for path in mounted_folder(service, live)]
    return tuple(file for file in files if under(file.path, mounts))


async def compose(site: Site, *args: str, timeout: float = COMPOSE_TIMEOUT, alone: bool = True) -> CommandResult:
    """Run Compose on the release's own file; raise CommandError with its last line when it fails.

    ``alone``: not beside another, for it may make a network, and two at once would both make it.
    """
    argv = [*site.compose, "--project-name", site.stack.name, "--file", str(site.model), *args]
    async with site.turn if alone else nullcontext():
        result = await site.ports.shell.run(argv, timeout=timeout, cwd=site.folder)
    if not result.ok:
        said = [line for line in (result.stderr or result.stdout).splitlines() if line.strip()]
        last = site.ports.masker.mask(said[-1].strip()) if said else "no output"
        raise CommandError(f"compose {' '.join(args[:1])} ended with {result.status}: {last}", where=" ".join(args))
    return result
