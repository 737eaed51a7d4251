"""The program that should start is not in the image."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="missing-binary",
    title="the program that should start is not in the image",
    depth=Depth.SETTING,
    find=said(
        r"executable file not found in \$PATH|exec: .*: not found|stat [^ ]+: no such file or directory|"
        r"exec [^ ]+: no such file or directory|exec .* failed: No such file or directory"
    ),
    fix="correct `command:`/`entrypoint:` of {service}, or copy the program into the image; a script "
    "needs its interpreter and LF line ends",
)
