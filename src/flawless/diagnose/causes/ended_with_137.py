"""It was killed (SIGKILL), and not for its memory limit."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, ended

CAUSE = Cause(
    id="ended-with-137",
    title="it was killed (SIGKILL), and not for its memory limit",
    depth=Depth.ENDING,
    find=ended(137),
    fix="it did not stop in its grace (raise `stop_grace_period`), or the machine had no memory: `dmesg | grep -i oom`",
)
