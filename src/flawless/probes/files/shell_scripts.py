"""The shell scripts of the stack as text, and the commands of its services, for the rules that need no other tool."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from flawless.checks.images._shared import inner_script
from flawless.model.dockerfile import Dockerfile
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import SHELL_SCRIPTS
from flawless.model.observed_files import Script
from flawless.model.stack import Service
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _scripts
from flawless.probes.files._shared import UnseenError, read_if_there, remote, shown
from flawless.probes.files.dockerfiles import read

_STARTS = frozenset({"ENTRYPOINT", "CMD"})


async def gather(target: Target) -> Iterable[Fact]:
    """Every script, secrets masked."""
    found = await asyncio.to_thread(lambda: tuple(_all(target)))
    return [known(SHELL_SCRIPTS, STACK, found, (), target.ports.clock.now())]


def _all(target: Target) -> Iterator[Script]:
    mask = target.ports.masker.mask_source
    for path, shell in _scripts.find(target):
        yield Script(shown(target, path), shell, mask(read_if_there(path)))
    inline = (each for service in target.stack.services for each in (*_told(service), *_written(target, service)))
    for each in dict.fromkeys(inline):
        yield Script(each.path, each.shell, mask(each.text), each.line)


def _told(service: Service) -> Iterator[Script]:
    """What Compose says that the service starts as."""
    argv = (*(service.entrypoint or ()), *(service.command or ()))
    if argv:
        at = service.at("command" if service.command else "entrypoint")
        yield Script(at.file, "sh", inner_script(argv) or " ".join(argv), at.line)


def _written(target: Target, service: Service) -> Iterator[Script]:
    """Start commands in the Dockerfile, and scripts that it writes itself."""
    try:
        dockerfile = read(target, service.build)[0] if service.build and not remote(service.build) else None
    except UnseenError:
        return  # the probe of Dockerfiles says so
    if dockerfile:
        yield from _of_dockerfile(dockerfile)


def _of_dockerfile(dockerfile: Dockerfile) -> Iterator[Script]:
    for step in (step for stage in dockerfile.lineage() for step in stage.instructions):
        if step.name in _STARTS:
            yield Script(dockerfile.path, "sh", inner_script(step.args) or " ".join(step.args), step.line)
        for body in step.heredocs if step.name == "COPY" else ():
            if shell := _scripts.shell_of_text(body):
                yield Script(dockerfile.path, shell, body, step.line)


PROBE = Probe(keys=(SHELL_SCRIPTS,), gather=gather)
