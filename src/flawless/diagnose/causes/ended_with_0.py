"""It ends with 0 although it should run on."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, Sight, ended

_LOUD = ended(0)


def _find(sight: Sight) -> str:
    return _LOUD(sight) if sight.said else ""


CAUSE = Cause(
    id="ended-with-0",
    title="it ends with 0 although it should run on",
    depth=Depth.ENDING,
    find=_find,
    fix="let it run in the foreground (`nginx -g 'daemon off;'`), or say `restart: \"no\"` if it is a job",
)
