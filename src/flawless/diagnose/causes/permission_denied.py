"""A file or folder may not be read or written by the program's user."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="permission-denied",
    title="a file or folder may not be read or written by the program's user",
    depth=Depth.SETTING,
    find=said(
        r"(?i)EACCES: permission denied|PermissionError: \[Errno 13\]|(?:open|mkdir|stat|create|"
        r"write)\b.*permission denied|could not (?:open|create|change).*Permission denied|\(13: "
        r"Permission denied\)|Permission denied \(os error 13\)|: Permission denied$"
    ),
    fix="give the mounted folder to the user of {service}: `docker compose run --rm --user root "
    "--entrypoint chown {service} -R UID:GID PATH`",
)
