"""The healthcheck fails, and not the service."""

from __future__ import annotations

import re

from flawless.diagnose.cause import Cause, Depth, Sight

_ABSENT = re.compile(r"executable file not found|: not found|No such file or directory|no such file or directory")


def _find(sight: Sight) -> str:
    state = sight.container
    if state is None or state.state != "running" or state.health != "unhealthy":
        return ""
    return state.health_output if _ABSENT.search(state.health_output) else ""


CAUSE = Cause(
    id="healthcheck-at-fault",
    title="the healthcheck fails, and not the service",
    depth=Depth.SETTING,
    find=_find,
    fix="put the program that the healthcheck calls into the image of {service}, or call one that is there",
)
