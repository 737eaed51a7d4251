"""It was killed for its memory limit."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, Sight


def _find(sight: Sight) -> str:
    state = sight.container
    if state is None or not state.oom_killed or not sight.ill:
        return ""
    return f"{state.name}: the kernel killed it at its limit of {state.memory // 1024**2} MiB (OOMKilled)"


CAUSE = Cause(
    id="memory-limit",
    title="it was killed for its memory limit",
    depth=Depth.PROGRAM,
    find=_find,
    fix="raise `mem_limit` of {service}, or mend what grows: `docker stats --no-stream`",
)
