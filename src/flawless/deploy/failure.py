"""Why a step failed, with the lines that show it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flawless.errors import FlawlessError
from flawless.model.report import Cause
from flawless.ports.bundle import Ports

_TAIL = 12
_NUMBER = re.compile(r"[0-9a-f]*\d[0-9a-f]*")


class StepFailedError(FlawlessError):
    """A step could not be proved; ``cause`` is for the reader. ``paused``: all stays as it is, nothing is undone."""

    def __init__(self, cause: Cause, *, paused: bool = False) -> None:
        super().__init__(cause.message, remedy=cause.remedy)
        self.cause = cause
        self.paused = paused


async def container_failure(ports: Ports, service: str, ref: str, why: str) -> StepFailedError:
    """The failure of a container, with the last lines it logged as evidence."""
    try:
        lines = await ports.engine.logs(ref, tail=_TAIL)
        said = tuple(f"{service} | {text}" for text in folded(ports.masker.mask(line.text) for line in lines))
    except FlawlessError as error:
        said = (f"{service} | its log could not be read: {error.what}",)
    shown = said or (f"{service} | it logged nothing",)
    return StepFailedError(Cause(why, shown, "mend what these lines say, commit, and deploy again"))


def folded(lines: Iterable[str]) -> list[str]:
    """The lines, those that differ from the one before only in their numbers left out."""
    kept: list[str] = []
    shape = None
    for line in lines:
        if (this := _NUMBER.sub("0", line)) != shape:
            kept.append(line)
        shape = this
    return kept
