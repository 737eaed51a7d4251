"""Redis has reached its maxmemory."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="redis-memory",
    title="Redis has reached its maxmemory",
    depth=Depth.STORE,
    find=said(r"OOM command not allowed when used memory", also_well=True),
    fix="raise `--maxmemory`, or set `--maxmemory-policy allkeys-lru` where it is only a cache",
)
