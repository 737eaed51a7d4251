"""A certificate or key file cannot be loaded."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="certificate-unreadable",
    title="a certificate or key file cannot be loaded",
    depth=Depth.SETTING,
    find=said(r"cannot load certificate(?: key)? |BIO_new_file\(\) failed"),
    fix="mount that file into {service} where its configuration names it, readable for its user",
)
