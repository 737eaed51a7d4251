"""A module of the program's language is not in the image."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="missing-module",
    title="a module of the program's language is not in the image",
    depth=Depth.SETTING,
    find=said(
        r"ModuleNotFoundError: No module named|Error: Cannot find module|ClassNotFoundException|Error "
        r"\[ERR_MODULE_NOT_FOUND\]"
    ),
    fix="add it to the dependencies and the lock file of {service}, and build again: `docker compose build {service}`",
)
