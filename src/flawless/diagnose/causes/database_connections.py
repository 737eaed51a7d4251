"""The database has no connection left."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="database-connections",
    title="the database has no connection left",
    depth=Depth.STORE,
    find=said(
        r"too many clients already|remaining connection slots are reserved|too many connections for "
        r"(?:role|database)",
        also_well=True,
    ),
    fix="make the pools of {service} smaller than the database's max_connections, or raise that",
)
