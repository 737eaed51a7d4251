"""What the Dockerfile and the source of each service say of its program: ports, healthcheck, routes, origins."""

from __future__ import annotations

import asyncio
import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

from msgspec import structs

from flawless.model.dockerfile import Dockerfile
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import PROGRAMS
from flawless.model.observed_files import Program, SourceLine
from flawless.model.stack import Build, Origin, Service
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _git, _program
from flawless.probes.files._container import ContainerFiles
from flawless.probes.files._dockerfile import expand, variables_of
from flawless.probes.files._shared import UnseenError, read_if_there, remote, shown, walk
from flawless.probes.files.dockerfiles import dockerfile_path, read

_MOST_FILES = 1_500
_MOST_BYTES = 8 * 1024 * 1024
_DEPTH = 8
_TESTS = re.compile(r"(?:^|[/_.-])(?:tests?|specs?|__tests__|e2e|examples?|fixtures|migrations)(?:[/_.-]|$)")
_PORT_OPTION = re.compile(r"^(?:--port|--listen-port|--bind|-b|--http-port)$")
_PORT_WORD = re.compile(r"\$\{?PORT\b")
_NEXT_PORT = "-p"
_SHEBANG = re.compile(r"#!\s*\S*(?:/|\s)(?:ba|da|a|z|k)?sh\b")
_MOST_SCRIPT = 64 * 1024
_INITS = frozenset({"dumb-init", "tini", "tini-static", "catatonit"})
_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_NUMBER = re.compile(r"(?:^|:)(\d{2,5})$")
_ROUTES = re.compile(r"^(?:route|page)\.(?:[jt]sx?|mjs)$")


async def gather(target: Target) -> Iterable[Fact]:
    """One entry for each service that is built here; what cannot be read says nothing."""
    programs = await asyncio.to_thread(lambda: tuple(_programs(target)))
    modes = await _modes(target, programs)
    told = tuple(structs.replace(each, unexecutable=_unexecutable(target, each.script, modes)) for each in programs)
    return [known(PROGRAMS, STACK, told, (), target.ports.clock.now())]


def websockets_of(target: Target) -> list[tuple[str, str]]:
    """The paths of WebSocket routes in the source, each with its service."""
    return [
        (line.text, program.service)
        for program in _programs(target)
        for line in program.websockets
        if line.text.startswith("/")
    ]


async def _modes(target: Target, programs: Iterable[Program]) -> dict[Path, bool]:
    """What git says of the start scripts; nothing where it tracks none, or cannot be asked."""
    paths = [_git.real(Path(target.stack.root, each.script.origin.file)) for each in programs if each.script]
    top = _git.top(target) if paths else None
    try:
        return await _git.executable(target, top, paths) if top else {}
    except UnseenError:
        return {}


def _unexecutable(target: Target, script: SourceLine | None, modes: Mapping[Path, bool]) -> Origin | None:
    """Where a script is that nobody may execute: by git, from which images are built, else by the disk."""
    if script is None:
        return None
    path = _git.real(Path(target.stack.root, script.origin.file))
    fine = modes[path] if path in modes else bool(path.stat().st_mode & 0o111)
    return None if fine else script.origin


def _programs(target: Target) -> Iterator[Program]:
    builds = [each.build for each in target.stack.services if each.build and not remote(each.build)]
    by_image = {each.image: each.build for each in reversed(target.stack.services) if each.build and each.image}
    # Services that run the same image have the same source.
    texts_of = cache(lambda folder, others: list(_texts(target, folder, others)))
    for service in target.stack.services:
        build = service.build or by_image.get(service.image)
        if build and not remote(build):
            yield _program_of(target, service, build, texts_of(_folder(build, builds), _others(build, builds)))


def _program_of(target: Target, service: Service, build: Build, texts: list[tuple[str, str]]) -> Program:
    dockerfile = _dockerfile(target, build)
    variables = variables_of(dockerfile, build, dockerfile.final) if dockerfile else {}
    command = _command(service, dockerfile)
    rules = [rule for file, text in texts for rule in _program.cors(text, file)]
    fixed = () if any(_program.listens_elsewhere(text) for _, text in texts) else _lines(texts, _program.listens)
    written = variables.get("PORT", "")
    default = next(filter(None, (_program.default_port(text) for _, text in texts)), "")
    return Program(
        service=service.name,
        exposed=tuple(_exposed(dockerfile, variables)) if dockerfile else (),
        health=_has_health(dockerfile),
        port=written or default,
        reads_port=_is_next(build)
        or bool(_PORT_WORD.search(command))
        or any(_program.reads_port(text) for _, text in texts),
        listens=(*_options(service, dockerfile, command), *fixed),
        websockets=_lines(texts, _program.websockets),
        unrouted=tuple(_unrouted(target, build)),
        cors=tuple(line for everybody, credentials, line in rules if everybody and credentials),
        credentials=tuple(line for _, credentials, line in rules if credentials),
        script=_script(target, service, dockerfile, command),
    )


def _script(target: Target, service: Service, dockerfile: Dockerfile | None, command: str) -> SourceLine | None:
    """The shell script that is the first word of the start command."""
    first = next((word for word in command.split() if word.rpartition("/")[2] not in _INITS and word != "--"), "")
    folders = [step.args[0] for step in dockerfile.shipped("WORKDIR") if step.args] if dockerfile else []
    container = ContainerFiles(service, dockerfile)
    places = [posixpath.join("/", *folders, first), *(f"{place}/{first}" for place in _PATH if "/" not in first)]
    host = next((path for place in places if first and (path := container.host(posixpath.normpath(place)))), None)
    text = read_if_there(host)[:_MOST_SCRIPT] if host else ""
    if host is None or not _SHEBANG.match(text):
        return None
    return SourceLine(target.ports.masker.mask_source(text), Origin(shown(target, host), 1))


def _dockerfile(target: Target, build: Build) -> Dockerfile | None:
    try:
        return read(target, build)[0]
    except UnseenError:
        return None  # the probe of Dockerfiles says so


def _lines(texts: list[tuple[str, str]], find: Callable[[str, str], Iterable[SourceLine]]) -> tuple[SourceLine, ...]:
    return tuple(line for file, text in texts for line in find(text, file))


def _folder(build: Build, builds: list[Build]) -> Path | None:
    """Where this service's own source lies; a context that several Dockerfiles share does not tell."""
    context, folder = Path(build.context), dockerfile_path(build).parent
    alone = all(each.dockerfile == build.dockerfile for each in builds if each.context == build.context)
    if alone:
        return context
    return folder if context in folder.parents else None


def _others(build: Build, builds: list[Build]) -> frozenset[Path]:
    """Contexts of other services inside this one's."""
    return frozenset(Path(each.context) for each in builds if each.context != build.context)


def _texts(target: Target, folder: Path | None, others: frozenset[Path]) -> Iterator[tuple[str, str]]:
    """Name and text of each source file, tests left out."""
    size = count = 0
    for path in walk(folder, _DEPTH) if folder else ():
        if path.suffix not in _program.SUFFIXES or others.intersection(path.parents):
            continue
        if _TESTS.search(path.relative_to(folder or path).as_posix()):
            continue
        count += 1
        text = read_if_there(path)
        size += len(text)
        if count > _MOST_FILES or size > _MOST_BYTES:
            return
        yield shown(target, path), text


def _command(service: Service, dockerfile: Dockerfile | None) -> str:
    """What the container starts as, as one line."""
    words = [*(service.entrypoint or ()), *(service.command or ())]
    for name in ("ENTRYPOINT", "CMD") if dockerfile and service.entrypoint is None else ():
        step = dockerfile.last(name) if dockerfile else None
        if step and not (name == "CMD" and service.command is not None):
            words += step.args
    return " ".join(words)


def _options(service: Service, dockerfile: Dockerfile | None, command: str) -> Iterator[SourceLine]:
    """Ports that the start command names."""
    step = dockerfile.last("CMD") or dockerfile.last("ENTRYPOINT") if dockerfile else None
    own = service.command is not None or service.entrypoint is not None
    origin = service.at("command") if own or not dockerfile or not step else Origin(dockerfile.path, step.line)
    words = command.replace("=", " ").split()
    for option, value in pairwise(words):
        found = _NUMBER.search(value)
        if found and (_PORT_OPTION.match(option) or (option == _NEXT_PORT and "next" in words)):
            yield SourceLine(found[1], origin)


def _exposed(dockerfile: Dockerfile, variables: dict[str, str]) -> Iterator[int]:
    for step in dockerfile.shipped("EXPOSE"):
        for word in step.args:
            number = expand(word, variables).partition("/")[0]
            if number.isdecimal() and number.isascii():
                yield int(number)


def _has_health(dockerfile: Dockerfile | None) -> bool:
    step = dockerfile.last("HEALTHCHECK") if dockerfile else None
    return step is not None and step.args[:1] != ("NONE",)


def _is_next(build: Build) -> bool:
    """Whether the context is a Next.js project, whose server listens where PORT says."""
    try:
        manifest = json.loads(read_if_there(Path(build.context, "package.json")) or "{}")
    except ValueError:
        return False
    needed = manifest.get("dependencies") if isinstance(manifest, dict) else None
    return isinstance(needed, dict) and "next" in needed


def _unrouted(target: Target, build: Build) -> Iterator[SourceLine]:
    """Routes in private folders: Next.js leaves out every folder whose name begins with an underscore."""
    if not _is_next(build):
        return
    for app in (Path(build.context, "app"), Path(build.context, "src", "app")):
        for path in walk(app, _DEPTH) if app.is_dir() else ():
            folders = path.relative_to(app).parts[:-1]
            if _ROUTES.match(path.name) and any(name.startswith("_") for name in folders):
                plain = [name for name in folders if not name.startswith("(")]
                yield SourceLine("/" + "/".join(plain), Origin(shown(target, path), 1))


PROBE = Probe(keys=(PROGRAMS,), gather=gather)
