"""The image holds a stub in place of the program."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, checked

CAUSE = Cause(
    id="stub-shipped",
    title="the image holds a stub in place of the program",
    depth=Depth.SETTING,
    find=checked("stub-build-shipped"),
    fix="let the sources be newer than the stub (`touch`), and build again: `flawless fix --only stub-build-shipped`",
)
