"""It aborted itself (SIGABRT)."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, ended

CAUSE = Cause(
    id="ended-with-134",
    title="it aborted itself (SIGABRT)",
    depth=Depth.ENDING,
    find=ended(134),
    fix="read its last lines: an assertion or a full heap: `docker compose logs --tail 50 {service}`",
)
