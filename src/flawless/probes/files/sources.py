"""Which environment variables the programs of the images that are built here read, told from their source.

A program of an image counts for every service that runs the image: which of them starts it, no file tells for sure.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from flawless import dotenv
from flawless.errors import FlawlessError
from flawless.model.dockerfile import Dockerfile
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import SOURCES
from flawless.model.observed_files import NameRead, Source, Untold
from flawless.model.stack import Build, Origin, Service, Stack
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._dockerfile import variables_of
from flawless.probes.files._programs_apart import Reading, claims, languages_of
from flawless.probes.files._reads import Read
from flawless.probes.files._shared import remote, shown
from flawless.probes.files._source_files import Look, Taken, below, taken, text_of
from flawless.probes.files._stages import reached
from flawless.probes.files.dockerfiles import read

_BUNDLES = re.compile(
    r"\b(?:npm|yarn|pnpm|bun|npx|next|vite|react-scripts|turbo|nx|ng|astro|vue-cli-service|gatsby|webpack)\b[^&|;\n]*\bbuild\b"
)
_SET_IN_RUN = re.compile(r"(?:^|[\s;&])(?:export\s+)?([A-Z][A-Z0-9_]*)=(?=\S)")
_FROM_SECRET = re.compile(r"type=secret[^\s]*\benv=(\w+)")
_PREPARES = re.compile(r"\bcargo\s+sqlx\s+prepare\b")
_MOST_MOUNTED = 200


async def gather(target: Target) -> Iterable[Fact]:
    """One entry for each image that is built here; what cannot be read of one is said in it."""
    value = await asyncio.to_thread(lambda: tuple(_sources(target)))
    return [known(SOURCES, STACK, value, (), target.ports.clock.now())]


def _sources(target: Target) -> Iterator[Source]:
    look = Look()
    for services in _by_image(target.stack):
        builds = [service.build for service in services if service.build]
        try:
            yield _source(target, services, builds, look)
        except FlawlessError as error:
            names = tuple(service.name for service in services)
            told = target.ports.masker.mask(error.what)
            yield Source(dockerfile=shown(target, builds[0].dockerfile or "."), services=names, unread=told)


def _by_image(stack: Stack) -> list[list[Service]]:
    """The services of each image that is built here: by image name, and by context, Dockerfile and stage."""
    groups: dict[tuple[str, str, str], list[Service]] = {}
    images: dict[str, list[Service]] = {}
    for service in stack.services:
        if service.build and not remote(service.build):
            build = service.build
            group = groups.setdefault((build.context, build.dockerfile, build.target), [])
            group.append(service)
            images.setdefault(service.image or service.name, group)
    for service in stack.services:
        if not service.build and service.image in images:
            images[service.image].append(service)
    return list(groups.values())


def _source(target: Target, services: Sequence[Service], builds: Sequence[Build], look: Look) -> Source:
    dockerfile = read(target, builds[0])[0]
    files = taken(target, builds[0], dockerfile, look)
    start = _words(dockerfile, ("ENTRYPOINT", "CMD"))
    started = " ".join([start, *(word for each in services for word in _told_by(each))])
    runs = "\n".join(_run_texts(dockerfile))
    languages = languages_of(dockerfile, f"{started} {runs}")
    reads, untold, unread = _reads(
        target, claims(builds[0], dockerfile, files, languages, started=started, look=look), look
    )
    at_build = _at_build(dockerfile, builds, runs, files)
    return Source(
        dockerfile=dockerfile.path,
        services=tuple(service.name for service in services),
        base=dockerfile.lineage()[0].base,
        command=start,
        languages=tuple(languages),
        reads=reads,
        untold=untold,
        mentioned=tuple(_mentioned(services, {each.name for each in reads}, files, f"{started}\n{runs}")),
        shipped=tuple(_shipped(dockerfile, files)),
        at_build=at_build,
        bundled=bool(_BUNDLES.search(runs)),
        queries=tuple(_queries(target, files)),
        query_data=_query_data(files, at_build, runs),
        unread=files.unread or unread,
    )


def _reads(
    target: Target, files: Iterable[Reading], look: Look
) -> tuple[tuple[NameRead, ...], tuple[Untold, ...], str]:
    """One entry for each name, what cannot be told, and why not every file was read."""
    by_name: dict[str, list[tuple[str, Read]]] = {}
    untold: list[Untold] = []
    unread = ""
    for text, reads, dynamic in files:
        file = shown(target, text.path)
        for each in reads:
            by_name.setdefault(each.name, []).append((file, each))
        untold += [Untold(prefix, Origin(file, line)) for prefix, line in dynamic]
        if unread := look.late:
            break
    return tuple(_told(name, places) for name, places in by_name.items()), tuple(untold), unread


def _told(name: str, places: list[tuple[str, Read]]) -> NameRead:
    """A place that demands the variable first; none demands it where another place has a default."""
    default = any(each.default for _, each in places)
    baked = all(each.baked for _, each in places)
    file, best = max(places, key=lambda place: (place[1].required, place[1].default))
    required = best.required and not default and not baked
    return NameRead(name, Origin(file, best.line), required, default, baked)


def _told_by(service: Service) -> Iterator[str]:
    """What Compose says of how a service starts and is asked for its health."""
    yield from (*(service.entrypoint or ()), *(service.command or ()))
    yield from service.health.test if service.health else ()


def _words(dockerfile: Dockerfile, names: Iterable[str]) -> str:
    steps = [step for name in names if (step := dockerfile.last(name))]
    return " ".join(word for step in steps for word in step.args)


def _run_texts(dockerfile: Dockerfile) -> Iterator[str]:
    for stage in reached(dockerfile):
        for step in stage.instructions:
            if step.name in {"RUN", "HEALTHCHECK"}:
                yield "\n".join([" ".join((*step.flags, *step.args)), *step.heredocs])


def _shipped(dockerfile: Dockerfile, files: Taken) -> Iterator[str]:
    for step in dockerfile.shipped("ENV"):
        yield from step.args[::3]
    for each in files.env_files:
        yield from dotenv.names(each.text)


def _at_build(dockerfile: Dockerfile, builds: Sequence[Build], runs: str, files: Taken) -> tuple[str, ...]:
    """Names that have a value in a step of the build."""
    found: dict[str, None] = {}
    for build in builds:
        for stage in reached(dockerfile):
            values = variables_of(dockerfile, build, stage)
            found.update({name: None for name, value in values.items() if value and not value.startswith("$")})
    for name in (*_SET_IN_RUN.findall(runs), *_FROM_SECRET.findall(runs)):
        found[name] = None
    for each in files.env_files:
        found.update(dict.fromkeys(dotenv.names(each.text)))
    return tuple(found)


def _mentioned(services: Iterable[Service], read_names: set[str], files: Taken, told: str) -> Iterator[str]:
    """Variables given to the services that stand in some file of the image, or are mounted into it, or in a command."""
    names = {name for service in services for each in service.env for name in _spellings(each.name)} - read_names
    texts = [told, *(each.text for each in files.texts), *(text for each in services for text in _mounted(each))]
    for text in texts:
        if not names:
            return
        found = {name for name in names if _stands_in(name, text)}
        names -= found
        yield from sorted(found)


def _stands_in(name: str, text: str) -> bool:
    """Whether a name stands in a text as a whole word."""
    place = text.find(name)
    while place >= 0:
        around = text[max(0, place - 1) : place] + text[place + len(name) : place + len(name) + 1]
        if not any(char.isalnum() or char == "_" for char in around):
            return True
        place = text.find(name, place + 1)
    return False


def _spellings(name: str) -> tuple[str, ...]:
    return (name, name.removesuffix("_FILE")) if name.endswith("_FILE") else (name,)


def _mounted(service: Service) -> Iterator[str]:
    count = 0
    for mount in service.mounts:
        for path in below(Path(mount.source)) if mount.kind == "bind" else ():
            count += 1
            if count > _MOST_MOUNTED:
                return
            if text := text_of(path):
                yield text.text


def _queries(target: Target, files: Taken) -> Iterator[Origin]:
    if not any(each.path.name == "Cargo.toml" and "sqlx" in each.text for each in files.texts):
        return
    from flawless.probes.files._reads_rust import queries

    for each in files.texts:
        if each.language == "rust":
            yield from (Origin(shown(target, each.path), line) for line in queries(each.text))


def _query_data(files: Taken, at_build: Iterable[str], runs: str) -> str:
    if files.query_data:
        return files.query_data
    if "DATABASE_URL" in at_build:
        return "DATABASE_URL"
    return "cargo sqlx prepare" if _PREPARES.search(runs) else ""


PROBE = Probe(keys=(SOURCES,), gather=gather, timeout=15.0)
