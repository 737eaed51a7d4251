"""A shared library is not in the image."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="missing-library",
    title="a shared library is not in the image",
    depth=Depth.SETTING,
    find=said(
        r"error while loading shared libraries: |version `[^']+' not found|ImportError: lib[^ "
        r"]+\.so[^:]*: cannot open shared object file|Error loading shared library "
    ),
    fix="install that library in the last stage of {service}'s Dockerfile, or build on the same base as it runs on",
)
