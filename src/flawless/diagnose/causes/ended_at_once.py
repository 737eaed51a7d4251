"""It ends at once with 0 and without a word: it has nothing to do."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, ended

CAUSE = Cause(
    id="ended-at-once",
    title="it ends at once with 0 and without a word: it has nothing to do",
    depth=Depth.ENDING,
    find=ended(0, silent=True),
    fix="see what it starts: `docker compose config {service}`; a stub, or a job that is no service",
)
