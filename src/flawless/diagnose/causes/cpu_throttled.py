"""Its CPU limit holds it back."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, Sight

_NOW, _EVER = 0.5, 0.25


def _find(sight: Sight) -> str:
    """Half of the time slices now, and a quarter since its start: a busy moment is no fault."""
    usage = sight.usage
    if usage is None or usage.waits < _NOW or usage.waited < _EVER:
        return ""
    limit = f"its limit of {usage.cpu_limit:g} CPU" if usage.cpu_limit else "its CPU limit"
    return (
        f"{usage.container} waits for {limit} in {usage.waits:.0%} of the time slices ({usage.waited:.0%} since start)"
    )


CAUSE = Cause(
    id="cpu-throttled",
    title="its CPU limit holds it back",
    depth=Depth.SETTING,
    find=_find,
    fix="raise `cpus` of {service}, or find what keeps it busy: `flawless top`",
)
