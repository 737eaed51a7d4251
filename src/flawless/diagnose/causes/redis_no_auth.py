"""Redis wants a password and got none."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, Sight, said

_WANTED = said(r"NOAUTH (?:Authentication required|HELLO must be called)", also_well=True)
_WRONG = said(r"WRONGPASS ", also_well=True)


def _find(sight: Sight) -> str:
    """Whoever goes on after a wrong password is told NOAUTH next."""
    return "" if _WRONG(sight) else _WANTED(sight)


CAUSE = Cause(
    id="redis-no-auth",
    title="Redis wants a password and got none",
    depth=Depth.SETTING,
    find=_find,
    fix="put the password in the REDIS_URL of {service}: `redis://:PASSWORD@HOST:6379/0`",
)
