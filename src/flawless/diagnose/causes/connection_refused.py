"""A service that it needs does not accept connections."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="connection-refused",
    title="a service that it needs does not accept connections",
    depth=Depth.NEIGHBOUR,
    find=said(r"(?i)ECONNREFUSED|connection refused|failed to connect to .+ port \d+\b"),
    fix="look at that service: `docker compose ps` and its log; then `depends_on` with `condition: "
    "service_healthy` under services.{service}",
)
