"""A certificate is not valid yet: it is new, or a clock is wrong."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="certificate-not-yet-valid",
    title="a certificate is not valid yet: it is new, or a clock is wrong",
    depth=Depth.MACHINE,
    find=said(r"(?i)certificate is not yet valid|CERT_NOT_YET_VALID", also_well=True),
    fix="compare `date -u` with the time elsewhere, and switch time synchronisation on: `timedatectl set-ntp true`",
)
