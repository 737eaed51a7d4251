"""Redis wants a password and got none."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="redis-no-auth",
    title="Redis wants a password and got none",
    depth=Depth.SETTING,
    find=said(r"NOAUTH (?:Authentication required|HELLO must be called)", also_well=True),
    fix="put the password in the REDIS_URL of {service}: `redis://:PASSWORD@HOST:6379/0`",
)
