"""A port that it publishes is taken."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="port-in-use",
    title="a port that it publishes is taken",
    depth=Depth.SETTING,
    find=said(r"port is already allocated|failed to bind host port|bind: address already in use"),
    fix="see who has it: `docker ps --filter publish=PORT` and `ss -ltnp 'sport = :PORT'`; then end "
    "that, or publish another port",
)
