"""The proxy keeps the address that a container had before."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, checked

CAUSE = Cause(
    id="upstream-resolved-once",
    title="the proxy keeps the address that a container had before",
    depth=Depth.NEIGHBOUR,
    find=checked("upstream-resolved-once"),
    fix="`docker compose exec {service} nginx -s reload` now; `flawless fix --only upstream-resolved-once` for good",
)
