"""It was asked to end (SIGTERM), and ended."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, ended

CAUSE = Cause(
    id="ended-with-143",
    title="it was asked to end (SIGTERM), and ended",
    depth=Depth.ENDING,
    find=ended(143),
    fix="see who stopped it: `docker events --since 1h --until 0s --filter event=kill`",
)
