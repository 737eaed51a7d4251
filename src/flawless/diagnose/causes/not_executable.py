"""The program that should start may not be executed."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, Sight, said

_STATUS = 126  # of a shell that may not execute what it found (POSIX.1-2017, XCU 2.8.2)
_STARTED = said(
    r"exec: .*permission denied|exec .* failed: Permission denied|unable to start container process: "
    r".*permission denied"
)
_CALLED = said(r": Permission denied$")


def _find(sight: Sight) -> str:
    ended = sight.container is not None and sight.container.exit_code == _STATUS
    return _STARTED(sight) or (_CALLED(sight) if ended else "")


CAUSE = Cause(
    id="not-executable",
    title="the program that should start may not be executed",
    depth=Depth.SETTING,
    find=_find,
    fix="in {service}'s Dockerfile: `COPY --chmod=0755 ...`, or make the file executable in git",
)
