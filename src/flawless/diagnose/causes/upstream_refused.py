"""The proxy answers 502: the service behind it refuses."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="upstream-refused",
    title="the proxy answers 502: the service behind it refuses",
    depth=Depth.SYMPTOM,
    find=said(
        r"connect\(\) failed \(111: |no live upstreams while connecting to upstream|upstream prematurely "
        r"closed connection",
        also_well=True,
    ),
    fix="look at the service that the line names, and at its port; `docker compose ps`",
)
