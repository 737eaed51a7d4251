"""The database does not find its files as it left them."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="database-damaged",
    title="the database does not find its files as it left them",
    depth=Depth.STORE,
    find=said(
        r"could not locate a valid checkpoint record|invalid (?:primary )?checkpoint record|"
        r"PANIC:\s+could not"
    ),
    fix="stop writing to that volume, copy it, and restore the last backup",
)
