"""The program that should start may not be executed."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="not-executable",
    title="the program that should start may not be executed",
    depth=Depth.SETTING,
    find=said(
        r"exec: .*permission denied|exec .* failed: Permission denied|unable to start container process: "
        r".*permission denied"
    ),
    fix="in {service}'s Dockerfile: `COPY --chmod=0755 ...`, or make the file executable in git",
)
