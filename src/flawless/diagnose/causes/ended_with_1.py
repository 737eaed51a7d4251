"""It ended with an error of its own."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, ended

CAUSE = Cause(
    id="ended-with-1",
    title="it ended with an error of its own",
    depth=Depth.ENDING,
    find=ended(1),
    fix="read its last lines: `docker compose logs --tail 50 {service}`",
)
