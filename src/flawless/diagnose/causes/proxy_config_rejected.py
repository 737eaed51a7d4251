"""Nginx does not accept its configuration."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="proxy-config-rejected",
    title="nginx does not accept its configuration",
    depth=Depth.SETTING,
    find=said(
        r"\[emerg\].*(?:unknown directive|unexpected |invalid number of arguments|directive is not "
        r"allowed here|is duplicate)"
    ),
    fix="mend that line, and try: `docker compose run --rm {service} nginx -t`",
)
