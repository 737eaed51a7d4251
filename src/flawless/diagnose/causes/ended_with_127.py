"""A program that its script calls is not in the image."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, ended

CAUSE = Cause(
    id="ended-with-127",
    title="a program that its script calls is not in the image",
    depth=Depth.ENDING,
    find=ended(127),
    fix="install that program in {service}'s image, or correct the name in its script",
)
