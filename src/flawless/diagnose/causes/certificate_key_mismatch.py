"""Certificate and key do not belong together."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="certificate-key-mismatch",
    title="certificate and key do not belong together",
    depth=Depth.SETTING,
    find=said(r"key values mismatch|KEY_VALUES_MISMATCH"),
    fix="compare `openssl x509 -noout -pubkey -in CERT` with `openssl pkey -pubout -in KEY`, and mount the pair",
)
