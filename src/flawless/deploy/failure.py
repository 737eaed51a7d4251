"""Why a step failed, with the lines that show it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flawless.diagnose.cause import Depth, Sight
from flawless.diagnose.rank import ranked
from flawless.errors import FlawlessError
from flawless.model.report import Cause
from flawless.ports.bundle import Ports
from flawless.ports.inspect import container_state

_TAIL = 12
_NUMBER = re.compile(r"[0-9a-f]*\d[0-9a-f]*")


class StepFailedError(FlawlessError):
    """A step could not be proved; ``cause`` is for the reader. ``paused``: all stays as it is, nothing is undone."""

    def __init__(self, cause: Cause, *, paused: bool = False) -> None:
        super().__init__(cause.message, remedy=cause.remedy)
        self.cause = cause
        self.paused = paused


async def container_failure(ports: Ports, service: str, ref: str, why: str) -> StepFailedError:
    """The failure of a container: the cause that shows in it, with the last lines it logged as evidence."""
    lines: list[str] = []
    try:
        lines = [ports.masker.mask(line.text) for line in await ports.engine.logs(ref, tail=_TAIL)]
        said = tuple(f"{service} | {text}" for text in folded(lines))
    except FlawlessError as error:
        said = (f"{service} | its log could not be read: {error.what}",)
    shown = said or (f"{service} | it logged nothing",)
    return StepFailedError(_named(await _sight(ports, service, ref, lines), why, shown))


async def _sight(ports: Ports, service: str, ref: str, lines: list[str]) -> Sight:
    try:
        raw = await ports.engine.container(ref)
    except FlawlessError:
        raw = None
    return Sight(service, container_state(raw, ports.masker) if raw else None, tuple(lines))


def _named(sight: Sight, why: str, shown: tuple[str, ...]) -> Cause:
    """The cause as `flawless diagnose` would name it; where none shows, the lines only."""
    found = next(iter(ranked([sight])), None)
    if found is None or found.depth == Depth.ENDING:
        return Cause(why, shown, "mend what these lines say, commit, and deploy again")
    return Cause(f"{why}: {found.title}", shown, f"{found.fix}; commit, and deploy again")


def folded(lines: Iterable[str]) -> list[str]:
    """The lines, those that differ from the one before only in their numbers left out."""
    kept: list[str] = []
    shape = None
    for line in lines:
        if (this := _NUMBER.sub("0", line)) != shape:
            kept.append(line)
        shape = this
    return kept
