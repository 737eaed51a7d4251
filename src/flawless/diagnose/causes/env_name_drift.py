"""The program reads another name than the one that is set."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, checked

CAUSE = Cause(
    id="env-name-drift",
    title="the program reads another name than the one that is set",
    depth=Depth.SETTING,
    find=checked("env-name-drift"),
    fix="set the name that the program reads; `flawless check --only env-name-drift` shows both",
)
