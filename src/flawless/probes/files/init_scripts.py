"""Which users and databases of the stack's addresses are made by scripts: init scripts, and SQL that makes roles."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from flawless.errors import FlawlessError
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import INIT_SCRIPTS
from flawless.model.observed_files import InitScripts
from flawless.model.stack import Service
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._container import ContainerFiles
from flawless.probes.files._shared import read_if_there, remote, shown, walk
from flawless.probes.files.dockerfiles import read

_FOLDER = "/docker-entrypoint-initdb.d"
_SCRIPTS = frozenset({".sql", ".sh", ".psql", ".js"})
_MAKES = re.compile(
    r"(?i)\bcreate\s+(?:role|user|database)\b|\bcreateuser\b|\bcreatedb\b|\bdb:(?:create|prepare|setup)\b"
)
_BY_VARIABLE = re.compile(
    r"(?i)\b(?:create\s+(?:role|user|database)|createuser|createdb)\b[^;\n]{0,60}(?:\$\{?\w|:['\"]?\w|%[IsL])"
)
_MOST_FILES = 200
_MOST_BYTES = 4 * 1024 * 1024
_DEPTH = 5
_IDENTIFIER = re.compile(r"[A-Za-z_][\w-]*\Z")


async def gather(target: Target) -> Iterable[Fact]:
    """The names that such scripts hold, of those that the stack's services use."""
    value = await asyncio.to_thread(lambda: _scripts(target))
    return [known(INIT_SCRIPTS, STACK, value, (), target.ports.clock.now())]


def _scripts(target: Target) -> InitScripts:
    wanted = _wanted(target)
    files: dict[str, None] = {}
    names: set[str] = set()
    opaque, size = False, 0
    for path in dict.fromkeys(_paths(target)) if wanted else ():
        text = read_if_there(path)
        size += len(text)
        if len(files) >= _MOST_FILES or size > _MOST_BYTES:
            break
        if _MAKES.search(text) or _is_init(target, path):
            files[shown(target, path)] = None
            names |= {name for name in wanted if name in text and re.search(rf"(?<![\w-]){re.escape(name)}\b", text)}
            opaque = opaque or bool(_BY_VARIABLE.search(text))
    return InitScripts(tuple(files), tuple(sorted(names)), opaque)


def _wanted(target: Target) -> set[str]:
    """Users and databases that some variable names."""
    found: set[str] = set()
    for each in (variable for service in target.stack.services for variable in service.env):
        if each.url:
            found |= {each.url.user, each.url.path.strip("/")}
        elif _IDENTIFIER.match(each.value) and not each.secret:
            found.add(each.value)
    return found - {""}


def _paths(target: Target) -> Iterator[Path]:
    for service in target.stack.services:
        for mount in service.mounts:
            source = Path(mount.source)
            if mount.kind == "bind" and (mount.target.startswith(_FOLDER) or source.suffix in _SCRIPTS):
                yield from _files(source)
        yield from _of_the_build(target, service)


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    elif place.is_dir():
        yield from (path for path in walk(place, _DEPTH) if path.suffix in _SCRIPTS)


def _of_the_build(target: Target, service: Service) -> Iterator[Path]:
    """Init scripts that the image gets, and SQL of the build context: migrations may make roles as well."""
    if service.build is None or remote(service.build) or not Path(service.build.context).is_dir():
        return
    yield from (path for path in walk(Path(service.build.context), _DEPTH) if path.suffix == ".sql")
    try:
        container = ContainerFiles(service, read(target, service.build)[0])
    except FlawlessError:
        return  # the probe of Dockerfiles says so
    for inside in container.glob(f"{_FOLDER}/*"):
        if path := container.host(inside):
            yield path


def _is_init(target: Target, path: Path) -> bool:
    binds = [mount for service in target.stack.services for mount in service.mounts if mount.kind == "bind"]
    return any(
        mount.target.startswith(_FOLDER) and path.is_relative_to(mount.source) for mount in binds if mount.source
    )


PROBE = Probe(keys=(INIT_SCRIPTS,), gather=gather)
