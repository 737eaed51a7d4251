"""Every path that the stack needs on disk, whether it is there, and what git says of it."""

from __future__ import annotations

import asyncio
import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import structs

from flawless.model.dockerfile import Dockerfile
from flawless.model.facts import Fact, known, service_subject
from flawless.model.keys import INPUTS
from flawless.model.observed_files import InputPath
from flawless.model.stack import Build, Origin, Service
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _git
from flawless.probes.files._dockerfile import variables_of
from flawless.probes.files._shared import UnseenError, read_if_there, remote, shown, walk
from flawless.probes.files._stages import reached, sources
from flawless.probes.files.dockerfiles import dockerfile_path, read
from flawless.probes.files.dockerignore import matcher_of

_MOST_MATCHES = 100
_WILD = frozenset("*?[")
_DEPTH = 4
_DEEP = 20
_CARGO = re.compile(r"\bcargo\b")


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
    keeps_out = _keeps_out(target, build)
    for stage in reached(dockerfile):
        variables = variables_of(dockerfile, build, stage)
        for step in stage.instructions:
            if step.name in {"COPY", "ADD"}:
                origin = Origin(dockerfile.path, step.line)
                for source in sources(step, variables):
                    yield from _copied(target, Path(build.context), source, origin, keeps_out)
    yield from _cargo_programs(target, build, dockerfile)


def _keeps_out(target: Target, build: Build) -> Any:
    """What tells whether the .dockerignore keeps a path out; None where it cannot be read."""
    try:
        return matcher_of(target, build)
    except UnseenError:
        return None  # the probe of .dockerignore files says so


def _copied(target: Target, context: Path, source: str, origin: Origin, keeps_out: Any) -> Iterator[InputPath]:
    """What a source of a COPY names. Of a pattern's files those that are kept out do not count, unless all are."""
    inputs = [
        structs.replace(each, hidden=_hidden(context, Path(target.stack.root, each.path), keeps_out))
        for each in _matches(target, context, source, origin)
    ]
    yield from [each for each in inputs if not each.hidden] or inputs[:1]


def _hidden(context: Path, path: Path, keeps_out: Any) -> bool:
    """Whether a path is kept out; a folder is when everything in it is."""
    relative = os.path.relpath(path, context)
    if keeps_out is None or relative == "." or relative.startswith("../") or not path.exists():
        return False
    if not keeps_out.matches(relative):
        return False
    inside = [os.path.relpath(each, context) for each in walk(path, _DEEP)] if path.is_dir() else [relative]
    return bool(inside) and all(keeps_out.matches(each) for each in inside)


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


def _cargo_programs(target: Target, build: Build, dockerfile: Dockerfile) -> Iterator[InputPath]:
    """Sources that Cargo's manifests of the context name by their path, where the build runs cargo."""
    steps = (step for stage in reached(dockerfile) for step in stage.instructions if step.name == "RUN")
    if not any(_CARGO.search(" ".join((*step.args, *step.heredocs))) for step in steps):
        return
    for manifest in walk(Path(build.context), _DEPTH):
        text = read_if_there(manifest) if manifest.name == "Cargo.toml" else ""
        for path in _paths(text):
            line = next((number for number, each in enumerate(text.splitlines(), 1) if path in each), 1)
            yield _input(target, manifest.parent / path, "program", Origin(shown(target, manifest), line))


def _paths(manifest: str) -> Iterator[str]:
    """Where a manifest says that its programs and its library are; nothing for one that cannot be read."""
    try:
        content = tomllib.loads(manifest)
    except tomllib.TOMLDecodeError:
        return
    programs, library = content.get("bin"), content.get("lib")
    for each in (*(programs if isinstance(programs, list) else ()), library):
        path = each.get("path") if isinstance(each, dict) else None
        if isinstance(path, str):
            yield path


def _glob(context: Path, pattern: str) -> list[Path]:
    try:
        return list(context.glob(pattern))
    except (ValueError, NotImplementedError, OSError):
        return []


PROBE = Probe(keys=(INPUTS,), gather=gather)
