"""Why a step failed, with the lines that show it."""

from __future__ import annotations

from flawless.errors import FlawlessError
from flawless.model.report import Cause
from flawless.ports.bundle import Ports

_TAIL = 12


class StepFailedError(FlawlessError):
    """A step could not be proved; ``cause`` is for the reader."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.message, remedy=cause.remedy)
        self.cause = cause


async def container_failure(ports: Ports, service: str, ref: str, why: str) -> StepFailedError:
    """The failure of a container, with the last lines it logged as evidence."""
    try:
        lines = await ports.engine.logs(ref, tail=_TAIL)
        said = tuple(ports.masker.mask(f"{service} | {line.text}") for line in lines)
    except FlawlessError as error:
        said = (f"{service} | its log could not be read: {error.what}",)
    shown = said or (f"{service} | it logged nothing",)
    remedy = f"read the lines above; all of them: docker logs {ref[:12]} while it exists, or run the image by hand"
    return StepFailedError(Cause(why, shown, remedy))
