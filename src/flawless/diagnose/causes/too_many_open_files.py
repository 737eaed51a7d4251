"""The program has reached its limit of open files."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="too-many-open-files",
    title="the program has reached its limit of open files",
    depth=Depth.PROGRAM,
    find=said(r"(?i)EMFILE|too many open files|no file descriptors available", also_well=True),
    fix="under services.{service}: `ulimits: {nofile: 65536}`; then see what it does not close",
)
