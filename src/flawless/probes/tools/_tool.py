"""Finding and running a tool that may be installed beside us, and reading its JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flawless.model.facts import Evidence
from flawless.model.observed_files import LintHit
from flawless.ports.bundle import Target
from flawless.ports.shell import NOT_FOUND, TIMED_OUT, CommandResult
from flawless.probes.files._shared import UnseenError

_LONGEST = 30.0
# What reading JSON of another shape than documented raises.
MALFORMED = (LookupError, TypeError, ValueError, AttributeError)


class AbsentError(UnseenError):
    """The tool is not installed."""


async def run(
    target: Target,
    argv: Sequence[str],
    *,
    install: str,
    timeout: float = _LONGEST,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> CommandResult:
    """The finished command; AbsentError with how to get the tool, UnseenError when it took too long.

    A tool that was installed with us (an extra) is found beside our interpreter, before PATH is asked.
    """
    beside = Path(sys.executable).parent / argv[0]  # a path stays what it is
    words = [str(beside) if beside.is_file() else argv[0], *argv[1:]]
    result = await target.ports.shell.run(words, timeout=timeout, cwd=cwd, env=env, reads=timeout <= _LONGEST)
    if result.status == NOT_FOUND:
        raise AbsentError(f"{Path(argv[0]).name} is not installed here", remedy=install)
    if result.status == TIMED_OUT:
        raise UnseenError(f"{argv[0]} did not end within {timeout:.0f} s", where=" ".join(argv))
    return result


def decoded(result: CommandResult, tool: str) -> Any:
    """What the tool printed as JSON; UnseenError with its own words when that is none."""
    try:
        return json.loads(result.stdout)
    except (ValueError, RecursionError) as error:
        said = (result.stderr or result.stdout).strip().splitlines()
        why = said[-1][:200] if said else f"exit code {result.status}, and it said nothing"
        raise UnseenError(f"{tool} gave no usable answer: {why}") from error


def hits(raw: Any, hit: Callable[[Any], LintHit], tool: str) -> tuple[LintHit, ...]:
    """The tool's findings, read one by one; UnseenError where one is not of the documented form."""
    try:
        return tuple(hit(each) for each in raw)
    except MALFORMED as error:
        raise UnseenError(f"{tool} gave no usable answer: a finding of another form than documented") from error


def proof(target: Target, result: CommandResult) -> tuple[Evidence, ...]:
    """The run as evidence."""
    return (result.evidence(target.ports.masker),)
