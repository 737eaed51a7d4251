"""Every path that the stack needs on disk, whether it is there, and what git says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import structs

from flawless.model.facts import Fact, known, service_subject
from flawless.model.keys import INPUTS
from flawless.model.observed_files import InputPath
from flawless.model.stack import Build, Origin, Service
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _git
from flawless.probes.files._dockerfile import variables_of
from flawless.probes.files._shared import UnseenError, remote, shown
from flawless.probes.files._stages import reached, sources
from flawless.probes.files.dockerfiles import dockerfile_path, read

_MOST_MATCHES = 100
_WILD = frozenset("*?[")


async def gather(target: Target) -> Iterable[Fact]:
    """For each service: context, Dockerfile, copied sources, env files, mounted files and secret files."""
    by_service = await asyncio.to_thread(
        lambda: {each.name: list(_inputs(target, each)) for each in target.stack.services}
    )
    absolute = {_path(target, each) for inputs in by_service.values() for each in inputs if each.exists}
    top = _git.top(target) if absolute else None
    tracked, ignored = frozenset[Path](), frozenset[Path]()
    if top:
        tracked, ignored = await asyncio.gather(
            _git.tracked(target, top, absolute), _git.ignored(target, top, absolute)
        )

    def told(each: InputPath) -> InputPath:
        path = _path(target, each)
        if top is None or not path.is_relative_to(top):
            return each
        return structs.replace(each, tracked=path in tracked, ignored=path in ignored and path not in tracked)

    now = target.ports.clock.now()
    return [
        known(INPUTS, service_subject(name), tuple(told(each) for each in inputs), (), now)
        for name, inputs in by_service.items()
    ]


def _path(target: Target, each: InputPath) -> Path:
    return _git.real(Path(target.stack.root, each.path))


def _inputs(target: Target, service: Service) -> Iterator[InputPath]:
    if service.build and not remote(service.build):
        yield from _build_inputs(target, service.build)
    for file in service.env_files:
        if Path(file).is_file():  # Compose itself refuses one that is required and missing
            yield _input(target, Path(file), "env_file", service.at("env_file"))
    for mount in service.mounts:
        if mount.kind == "bind" and Path(mount.source).is_relative_to(target.stack.root):
            yield _input(target, Path(mount.source), "bind", mount.origin)
    for secret in target.stack.secrets:
        if secret.name in service.secrets and secret.file:
            yield _input(target, Path(secret.file), "secret", secret.origin)


def _input(target: Target, path: Path, kind: str, origin: Origin) -> InputPath:
    return InputPath(shown(target, path), kind, path.exists(), None, None, origin)


def _build_inputs(target: Target, build: Build) -> Iterator[InputPath]:
    yield _input(target, Path(build.context), "context", build.origin)
    if build.dockerfile:
        yield _input(target, dockerfile_path(build), "dockerfile", build.origin)
    try:
        dockerfile, _ = read(target, build)
    except UnseenError:
        return  # the probe of Dockerfiles says so
    for stage in reached(dockerfile):
        variables = variables_of(dockerfile, build, stage)
        for step in stage.instructions:
            if step.name in {"COPY", "ADD"}:
                origin = Origin(dockerfile.path, step.line)
                for source in sources(step, variables):
                    yield from _matches(target, Path(build.context), source, origin)


def _matches(target: Target, context: Path, source: str, origin: Origin) -> Iterator[InputPath]:
    relative = source.lstrip("/") or "."
    if not _WILD.intersection(relative):
        yield _input(target, context / relative, "copy", origin)
        return
    found = sorted(_glob(context, relative))[:_MOST_MATCHES]
    for path in found:
        yield _input(target, path, "copy", origin)
    if not found:
        yield _input(target, context / relative, "copy", origin)


def _glob(context: Path, pattern: str) -> list[Path]:
    try:
        return list(context.glob(pattern))
    except (ValueError, NotImplementedError, OSError):
        return []


PROBE = Probe(keys=(INPUTS,), gather=gather)
