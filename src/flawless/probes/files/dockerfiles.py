"""The Dockerfile of each service that is built here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flawless.model.dockerfile import Dockerfile
from flawless.model.facts import Fact
from flawless.model.keys import DOCKERFILE
from flawless.model.stack import Build, Service
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._dockerfile import parse
from flawless.probes.files._shared import Answer, UnseenError, each_built, evidence, read_text, remote, shown


def read(target: Target, build: Build) -> Answer[Dockerfile]:
    """A build's Dockerfile; UnseenError when it is not here or cannot be read."""
    if remote(build):
        raise UnseenError(f"the build context {build.context} is not on this machine")
    if not build.dockerfile:
        raise UnseenError("the Dockerfile stands inside the compose file", remedy="move it to a file of its own")
    path = Path(build.dockerfile)
    text = read_text(target, path)
    return parse(text, shown(target, path), build), (evidence(target, path, text),)


async def gather(target: Target) -> Iterable[Fact]:
    """Stages and instructions, the variables of FROM replaced, secret values masked."""

    def look(_: Service, build: Build) -> Answer[Dockerfile]:
        return read(target, build)

    return await each_built(target, DOCKERFILE, look)


PROBE = Probe(keys=(DOCKERFILE,), gather=gather)
