"""A certificate has expired."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="certificate-expired",
    title="a certificate has expired",
    depth=Depth.SETTING,
    find=said(r"(?i)certificate has expired|certificate expired|CERT_HAS_EXPIRED", also_well=True),
    fix="renew it and reload the service that shows it",
)
