"""The release's own Compose model: built from the export, run from pinned images and recorded files. Pure."""

from __future__ import annotations

import base64
import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import structs

from flawless.model.release import ConfigFile
from flawless.model.stack import DATA_ROLES, Mount, Role, Service, Stack

Json = dict[str, Any]
REVISION_LABEL = "org.opencontainers.image.revision"
_STABLE = DATA_ROLES | {Role.PROXY}
MOST_BYTES = 4 * 1024 * 1024


def build_model(raw: Json, stack: Stack, tree: Path, revision: str, release: str) -> Json:
    """The model with every build context inside the stack moved to the export, and the revision as a label.

    Built images get names of this release's own: another project on the engine may use the stack's names too. Data
    services and the proxy carry no revision: their images must not change with every commit.
    """
    model = copy.deepcopy(raw)
    names = {_image(stack, name, service): own_name(stack, name, release) for name, service in _built(model)}
    for name, service in model["services"].items():
        service["image"] = names.get(_image(stack, name, service), service.get("image", ""))
    for name, service in _built(model):
        build = service["build"]
        _move(build, Path(stack.root), tree)
        found = stack.service(name)
        if found and found.role not in _STABLE:
            build["labels"] = {**build.get("labels", {}), REVISION_LABEL: revision}
    return model


def _move(build: Json, root: Path, tree: Path) -> None:
    build["context"] = moved(build["context"], root, tree)
    if "dockerfile" in build:
        build["dockerfile"] = moved(build["dockerfile"], root, tree)
    for name, context in (build.get("additional_contexts") or {}).items():
        build["additional_contexts"][name] = moved(context, root, tree)


def _built(model: Json) -> list[tuple[str, Json]]:
    return [(name, service) for name, service in model["services"].items() if service.get("build")]


def _image(stack: Stack, name: str, service: Json) -> str:
    return str(service.get("image") or f"{stack.name}-{name}")


def own_name(stack: Stack, name: str, release: str) -> str:
    """The name under which a release builds the image of a service."""
    return f"flawless/{stack.name}-{name}:{release}"


def moved(path: str, root: Path, tree: Path) -> str:
    """The same path below ``tree`` when it lies below ``root``, else the path itself."""
    if not Path(path).is_relative_to(root):
        return path
    return str(tree / Path(path).relative_to(root))


def run_model(
    raw: Json,
    root: Path,
    live: Path,
    pins: Mapping[str, str],
    recorded: set[str],
    *,
    handed: Mapping[str, str] | None = None,
) -> Json:
    """The model that runs: no builds, images by their pinned tags, recorded mounts from the live folder.

    ``handed`` are the container names by service that are handed over after a switch: peers reach them as aliases.
    """
    model = copy.deepcopy(raw)
    for name, service in model["services"].items():
        service.pop("build", None)
        service["image"] = pins[name]
        service["pull_policy"] = "never"
        for mount in service.get("volumes", ()):
            if mount.get("type") == "bind" and _relative(mount["source"], root) in recorded:
                mount["source"] = moved(mount["source"], root, live)
    for name, fixed in (handed or {}).items():
        _hand_over(model["services"][name], fixed)
    return model


def _hand_over(service: Json, fixed: str) -> None:
    service.pop("container_name", None)
    networks = service.get("networks") or {}
    for network, attached in networks.items():
        known = (attached or {}).get("aliases") or []
        networks[network] = {**(attached or {}), "aliases": [*known, *({fixed} - set(known))]}


def _relative(path: str, root: Path) -> str:
    return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else ""


def recorded_files(stack: Stack, tree: Path) -> tuple[dict[str, tuple[ConfigFile, ...]], tuple[str, ...]]:
    """Mounted configuration that the export has, by mount (path relative to the stack), and notes on what is not.

    Reads the export. What is too large to be configuration, and what the commit does not have (data, certificates),
    stays mounted from where it is.
    """
    files: dict[str, tuple[ConfigFile, ...]] = {}
    notes = []
    for mount in _binds(stack):
        source = tree / mount
        paths = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
        if sum(path.stat().st_size for path in paths) > MOST_BYTES:
            notes.append(f"{mount} is mounted from the checkout: it is too large to be kept with the release")
        elif paths:
            files[mount] = tuple(_file(path, tree) for path in paths)
    return files, tuple(notes)


def _binds(stack: Stack) -> list[str]:
    root = Path(stack.root)
    sources = [mount.source for service in stack.services for mount in service.mounts if mount.kind == "bind"]
    return sorted({relative for source in sources if (relative := _relative(source, root)) not in ("", ".")})


def _file(path: Path, tree: Path) -> ConfigFile:
    return ConfigFile(str(path.relative_to(tree)), base64.b64encode(path.read_bytes()).decode())


def relocated(stack: Stack, live: Path, recorded: set[str], handed: Mapping[str, str] | None = None) -> Stack:
    """The stack with recorded mounts in the live folder and names that are handed over, as the model that runs."""
    root = Path(stack.root)

    def moved_mount(mount: Mount) -> Mount:
        if mount.kind != "bind" or _relative(mount.source, root) not in recorded:
            return mount
        return structs.replace(mount, source=moved(mount.source, root, live))

    services = tuple(
        structs.replace(
            _named_later(service, handed or {}), mounts=tuple(moved_mount(mount) for mount in service.mounts)
        )
        for service in stack.services
    )
    return structs.replace(stack, services=services)


def _named_later(service: Service, handed: Mapping[str, str]) -> Service:
    fixed = handed.get(service.name)
    if not fixed:
        return service
    networks = tuple(
        structs.replace(each, aliases=tuple(dict.fromkeys((*each.aliases, fixed)))) for each in service.networks
    )
    return structs.replace(service, container_name="", handed_name=fixed, networks=networks)
