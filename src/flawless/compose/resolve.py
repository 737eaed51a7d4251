"""Asking Compose what the files mean. No engine is needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from flawless.compose import complaints
from flawless.compose.command import compose_argv
from flawless.compose.parse import unescape
from flawless.compose.sources import Sources, find, load
from flawless.errors import UsageError
from flawless.model.settings import StackSettings
from flawless.ports.shell import NOT_FOUND, TIMED_OUT, CommandResult, Shell

_TIMEOUT = 30.0


class Resolved(Struct, frozen=True):
    """Compose's answer: the model with ``$$`` undone, its warnings, the files it was made of, and the command.

    ``model`` and ``command`` hold secret values: neither is printed or kept.
    """

    model: dict[str, Any]
    warnings: tuple[str, ...]
    sources: Sources
    command: CommandResult


async def resolve(
    root: Path,
    shell: Shell,
    settings: StackSettings,
    *,
    project: str = "",
    environment: Mapping[str, str] | None = None,
) -> Resolved:
    """Resolve the stack in ``root``; UsageError, one sentence with file and line, when it cannot be read.

    ``environment`` is laid over our own for Compose's interpolation.
    """
    sources = load(root, find(root, settings))
    argv = compose_argv(root, settings, "config", "--format", "json", project=project)
    result = await shell.run(argv, timeout=_TIMEOUT, cwd=root, env=environment, reads=True)
    if not result.ok:
        raise _failed(result, sources, root)
    model = _decoded(result)
    if not model.get("services"):
        raise UsageError("the stack has no service", where=sources.index.at().file, remedy=_no_service(sources))
    return Resolved(model, complaints.warnings(result.stderr), sources, result)


def _failed(result: CommandResult, sources: Sources, root: Path) -> UsageError:
    command = " ".join(result.argv)
    if result.status == TIMED_OUT:
        said = f"compose did not resolve the files within {_TIMEOUT:.0f} s"
        return UsageError(said, where=command, remedy="look for endless aliases or files on a network drive")
    if result.status == NOT_FOUND:
        return UsageError(
            f"cannot run compose: {result.stderr.strip()}", where=command, remedy="install Docker Compose"
        )
    return complaints.refusal(result.stderr, sources, str(root))


def _decoded(result: CommandResult) -> dict[str, Any]:
    try:
        model = json.loads(result.stdout)
    except ValueError:
        model = None
    if not isinstance(model, dict):
        raise UsageError("compose gave no JSON", where=" ".join(result.argv), remedy="install Compose v2.20 or newer")
    return unescape(model)  # type: ignore[no-any-return]


def _no_service(sources: Sources) -> str:
    written = ", ".join(sources.index.keys("services"))
    return f"enable a profile: {written} have one" if written else "add a services section"
