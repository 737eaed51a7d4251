"""A secret's file is not there."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="secret-absent",
    title="a secret's file is not there",
    depth=Depth.SETTING,
    find=said(
        r"(?:No such file or directory|no such file or directory|ENOENT|cannot find).{0,40}/run/secrets/|"
        r"/run/secrets/.{0,60}(?:[Nn]o such file|not found)|bind source path does not exist"
    ),
    fix="name the secret under `secrets:` of {service}, and make its file",
)
