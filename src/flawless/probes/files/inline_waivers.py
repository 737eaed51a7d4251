"""Waivers in comments of the files that findings point to: Compose, Dockerfiles, env files, mounted and copied ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import structs

from flawless.model.facts import STACK, Fact, known, service_subject
from flawless.model.keys import INLINE_WAIVERS
from flawless.model.stack import Origin, Service
from flawless.model.waiver import InlineWaiver
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._comments import MARK, waivers_in
from flawless.probes.files._shared import remote, shown, walk

_SUFFIXES = frozenset({".conf", ".template", ".sql", ".sh", ".env", ".yml", ".yaml"})
_MOST_FILES = 2_000
_MOST_BYTES = 1024 * 1024
_DEPTH = 4


async def gather(target: Target) -> Iterable[Fact]:
    """One fact: every waiver in a comment, with the services whose line it speaks of."""
    found = await asyncio.to_thread(lambda: tuple(_found(target)))
    return [known(INLINE_WAIVERS, STACK, found, (), target.ports.clock.now())]


def _found(target: Target) -> Iterator[InlineWaiver]:
    mask = target.ports.masker.mask
    owners = _owners(target)
    for number, path in enumerate(dict.fromkeys(_candidates(target))):
        if number >= _MOST_FILES:
            return
        name = shown(target, path)
        for waiver in waivers_in(_text(path), name):
            subjects = owners.get(Origin(name, waiver.line), owners.get(Origin(name), ()))
            yield structs.replace(waiver, reason=mask(waiver.reason), owner=mask(waiver.owner), subjects=subjects)


def _text(path: Path) -> str:
    """The text of a file that holds a waiver; empty for any other."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return ""
        content = path.read_bytes()
    except OSError:
        return ""
    return content.decode("utf-8", "replace") if MARK.encode() in content else ""


def _owners(target: Target) -> dict[Origin, tuple[str, ...]]:
    """The services by each place that speaks of them: a line of a compose file, or a whole Dockerfile (line 0)."""
    owners: dict[Origin, tuple[str, ...]] = {}
    for service in target.stack.services:
        for origin in dict.fromkeys(_places(target, service)):
            owners[origin] = (*owners.get(origin, ()), service_subject(service.name))
    return owners


def _places(target: Target, service: Service) -> Iterator[Origin]:
    yield from service.origins.values()
    for elements in (service.ports, service.mounts, service.env):
        yield from (each.origin for each in elements)
    if service.build and service.build.dockerfile:
        yield Origin(shown(target, service.build.dockerfile))


def _candidates(target: Target) -> Iterator[Path]:
    root = Path(target.stack.root)
    for service in target.stack.services:
        yield from (root / origin.file for origin in service.origins.values())
    yield from (root / file for file in (*target.stack.files, ".env", ".env.example"))
    for service in target.stack.services:
        yield from (Path(file) for file in service.env_files)
        binds = [mount.source for mount in service.mounts if mount.kind == "bind"]
        for source in (Path(each) for each in binds if Path(each).is_relative_to(root)):
            yield from _below(source)
        if service.build and not remote(service.build):
            yield from filter(None, (service.build.dockerfile and Path(service.build.dockerfile),))
            yield from _below(Path(service.build.context))


def _below(source: Path) -> Iterator[Path]:
    """The file itself, or the configuration, scripts and SQL in a folder."""
    if source.is_dir():
        yield from (path for path in walk(source, _DEPTH) if path.suffix in _SUFFIXES)
    else:
        yield source


PROBE = Probe(keys=(INLINE_WAIVERS,), gather=gather)
