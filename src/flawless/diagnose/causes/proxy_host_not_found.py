"""The proxy does not start because an upstream's name is not known."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="proxy-host-not-found",
    title="the proxy does not start because an upstream's name is not known",
    depth=Depth.NEIGHBOUR,
    find=said(r"host not found in upstream"),
    fix="start that upstream first (`depends_on` with `condition: service_healthy`), or resolve at run "
    "time: `resolver 127.0.0.11` and a variable in proxy_pass",
)
