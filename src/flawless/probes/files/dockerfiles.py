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
    mask = target.ports.masker.mask_source
    if build.inline:
        at = build.inline_at or build.origin
        path = Path(target.stack.root, at.file)
        return parse(mask(build.inline), at.file, build, first=at.line), (evidence(target, path, build.inline),)
    path = dockerfile_path(build)
    text = read_text(target, path, other="latin-1")  # BuildKit does not mind which bytes a comment holds
    return parse(mask(text), shown(target, path), build), (evidence(target, path, text),)


def dockerfile_path(build: Build) -> Path:
    """The file that BuildKit reads: where there is no ``Dockerfile``, one in lower case."""
    path = Path(build.dockerfile)
    lower = path.with_name("dockerfile")
    return lower if path.name == "Dockerfile" and not path.exists() and lower.is_file() else path


async def gather(target: Target) -> Iterable[Fact]:
    """Stages and instructions, the variables of FROM replaced, secret values masked."""

    def look(_: Service, build: Build) -> Answer[Dockerfile]:
        return read(target, build)

    return await each_built(target, DOCKERFILE, look)


PROBE = Probe(keys=(DOCKERFILE,), gather=gather)
