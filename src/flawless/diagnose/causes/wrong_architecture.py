"""The program is built for another processor."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="wrong-architecture",
    title="the program is built for another processor",
    depth=Depth.SETTING,
    find=said(r"exec format error|[Ee]xec format error"),
    fix="build for this machine: `docker compose build {service}` here, or set `platform:` under services.{service}",
)
