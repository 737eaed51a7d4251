"""A container's files as far as they lie on this machine: bind mounts, and what its Dockerfile copies in."""

from __future__ import annotations

import fnmatch
import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from flawless.model.dockerfile import Dockerfile, Instruction
from flawless.model.stack import Service
from flawless.probes.files._dockerfile import expand, variables_of

_MOST_FILES = 2_000


class Layer(Struct, frozen=True):
    """A file or folder of this machine and where it stands in the container; ``whole``: nothing else is there."""

    host: Path
    inside: str
    whole: bool = False


class ContainerFiles:
    """Files by their path in the container; a mount hides what the image has, a later copy an earlier one."""

    def __init__(self, service: Service, dockerfile: Dockerfile | None) -> None:
        copied = _copies(service, dockerfile) if dockerfile and service.build else ()
        self.layers = (*_mounts(service), *reversed(tuple(copied)))

    def host(self, inside: str) -> Path | None:
        """The file of this machine that stands at a path of the container, or None."""
        for layer in self.layers:
            path = _within(layer, inside)
            if path is not None and path.is_file():
                return path
            if path is not None and layer.whole:
                return None
        return None

    def place(self, inside: str) -> Path | None:
        """Where on this machine a path of the container would lie, whether it is there or not; None: nowhere here."""
        return next((path for layer in self.layers if (path := _within(layer, inside)) is not None), None)

    def decided(self, inside: str) -> bool:
        """Whether a path that is not found here is not in the container either: a mounted folder would hold it."""
        return any(layer.whole and _within(layer, inside) is not None for layer in self.layers)

    def glob(self, pattern: str) -> list[str]:
        """Paths in the container that fit a pattern, sorted as nginx reads them."""
        near = [layer for layer in self.layers if _may_hold(layer, pattern)]
        found = {path for layer in near for path in _paths(layer) if fnmatch.fnmatchcase(path, pattern)}
        depth = pattern.count("/")
        return sorted(path for path in found if path.count("/") == depth and self.host(path))


def _mounts(service: Service) -> Iterator[Layer]:
    """Bind mounts, the most specific first."""
    binds = [mount for mount in service.mounts if mount.kind == "bind"]
    for mount in sorted(binds, key=lambda mount: -len(mount.target)):
        yield Layer(Path(mount.source), posixpath.normpath(mount.target), whole=True)


def _copies(service: Service, dockerfile: Dockerfile) -> Iterator[Layer]:
    assert service.build is not None
    context = Path(service.build.context)
    for stage in dockerfile.lineage():
        variables = variables_of(dockerfile, service.build, stage)
        folder = "/"
        for step in stage.instructions:
            if step.name == "WORKDIR" and step.args:
                folder = posixpath.join(folder, expand(step.args[0], variables))
            elif step.name in {"COPY", "ADD"} and not any(flag.startswith("--from") for flag in step.flags):
                yield from _copied(step, context, folder, variables)


def _copied(step: Instruction, context: Path, folder: str, variables: dict[str, str]) -> Iterator[Layer]:
    words = [expand(word, variables) for word in step.args]
    if len(words) < 2 or "$" in "".join(words):
        return
    *sources, last = words
    inside = posixpath.normpath(posixpath.join(folder, last))
    many = len(sources) > 1 or last.endswith("/") or last in {".", ".."}
    for source in sources:
        for host in _expanded(context, source):
            into_folder = host.is_file() and (many or any(char in source for char in "*?["))
            yield Layer(host, posixpath.join(inside, host.name) if into_folder else inside)


def _expanded(context: Path, source: str) -> list[Path]:
    relative = source.lstrip("/") or "."
    if not any(char in relative for char in "*?["):
        return [context / relative]
    try:
        return sorted(context.glob(relative))
    except (ValueError, NotImplementedError, OSError):
        return []


def _within(layer: Layer, inside: str) -> Path | None:
    """Where a path of the container would lie in a layer; None when the layer does not reach there."""
    if inside == layer.inside:
        return layer.host
    prefix = layer.inside.rstrip("/") + "/"
    return layer.host / inside[len(prefix) :] if inside.startswith(prefix) else None


def _may_hold(layer: Layer, pattern: str) -> bool:
    """Whether a layer lies on the way to what a pattern names, or below: the others need not be walked."""
    fixed = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    return fixed.startswith(layer.inside) or layer.inside.startswith(fixed)


def _paths(layer: Layer) -> Iterator[str]:
    """Every file of a layer by its path in the container."""
    if layer.host.is_file():
        yield layer.inside
        return
    seen = 0
    for place, folders, files in os.walk(layer.host):
        folders.sort()
        for name in sorted(files):
            seen += 1
            if seen > _MOST_FILES:
                return
            yield posixpath.join(layer.inside, Path(place, name).relative_to(layer.host).as_posix())
