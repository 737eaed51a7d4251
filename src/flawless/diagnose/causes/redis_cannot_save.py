"""Redis refuses writes because it cannot save."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="redis-cannot-save",
    title="Redis refuses writes because it cannot save",
    depth=Depth.STORE,
    find=said(
        r"MISCONF Redis is configured to save RDB snapshots|Can't save in background: fork: Cannot "
        r"allocate memory|Failed opening the (?:temp )?RDB file",
        also_well=True,
    ),
    fix="see why in Redis's log: free disk, or let its user write to the volume",
)
