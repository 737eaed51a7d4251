"""The program writes where the file system is read-only."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="read-only-filesystem",
    title="the program writes where the file system is read-only",
    depth=Depth.SETTING,
    find=said(r"(?i)read-only file ?system|EROFS"),
    fix="under services.{service}: `tmpfs: [PATH]`, or a volume for what must last",
)
