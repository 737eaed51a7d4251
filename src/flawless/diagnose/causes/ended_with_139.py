"""It crashed (SIGSEGV)."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, ended

CAUSE = Cause(
    id="ended-with-139",
    title="it crashed (SIGSEGV)",
    depth=Depth.ENDING,
    find=ended(139),
    fix="look for a native library that does not fit the image's base (musl and glibc), and build on "
    "the base it runs on",
)
