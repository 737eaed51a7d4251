"""Redis does not accept the password."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="redis-wrong-password",
    title="Redis does not accept the password",
    depth=Depth.SETTING,
    find=said(r"WRONGPASS invalid username-password pair", also_well=True),
    fix="give {service} the password that Redis was started with",
)
