"""An environment variable that it needs is not set."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="environment-missing",
    title="an environment variable that it needs is not set",
    depth=Depth.SETTING,
    find=said(
        r"^KeyError: '[A-Z][A-Z0-9_]+'|(?i:environment variable (?:not found|.{0,60}(?:is not set|not "
        r"set|is missing|is required)))|[A-Z][A-Z0-9_]{2,}: parameter (?:not set|null or not set)|"
        r"[A-Z][A-Z0-9_]{2,}: unbound variable|missing required environment"
    ),
    fix="set that name under `environment:` of {service}, or in its env_file",
)
