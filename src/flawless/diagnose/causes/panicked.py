"""The program ended itself over an error of its own."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="panicked",
    title="the program ended itself over an error of its own",
    depth=Depth.PROGRAM,
    find=said(r"panicked at|^panic: |^Uncaught |^Exception in thread |terminate called after throwing"),
    fix="read the lines around it: `docker compose logs {service}`",
)
