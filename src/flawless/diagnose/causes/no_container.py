"""The service has no container."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, Sight


def _find(sight: Sight) -> str:
    return f"the engine has no container of {sight.service}" if sight.absent else ""


CAUSE = Cause(
    id="no-container",
    title="it was not started: it has no container",
    depth=Depth.ENDING,
    find=_find,
    fix="`flawless deploy`; where it does not start, the engine says why: `docker compose up -d {service}`",
)
