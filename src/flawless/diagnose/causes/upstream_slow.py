"""The proxy answers 504: the service behind it takes too long."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="upstream-slow",
    title="the proxy answers 504: the service behind it takes too long",
    depth=Depth.SYMPTOM,
    find=said(r"upstream timed out \(110: ", also_well=True),
    fix="find what is slow in the service that the line names; only then raise proxy_read_timeout",
)
