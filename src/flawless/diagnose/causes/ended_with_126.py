"""What should start cannot be executed."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, ended

CAUSE = Cause(
    id="ended-with-126",
    title="what should start cannot be executed",
    depth=Depth.ENDING,
    find=ended(126),
    fix="make it executable in {service}'s Dockerfile: `COPY --chmod=0755 ...`",
)
