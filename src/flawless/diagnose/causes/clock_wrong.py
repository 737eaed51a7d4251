"""The clock of this machine, or of another, is wrong."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="clock-wrong",
    title="the clock of this machine, or of the one it talks to, is wrong",
    depth=Depth.MACHINE,
    find=said(
        r"not yet valid \((?:iat|nbf)\)|ImmatureSignatureError|Token used before issued|RequestTimeTooSkewed"
        r"|(?i:clock skew (?:detected|is too)|clock skew too great|signature not yet current)"
        r"|Release file for \S+ is not valid yet|(?:modification time|time stamp) .*s in the future"
    ),
    fix="compare `date -u` with a clock that you trust, and let chrony or systemd-timesyncd keep it: `timedatectl`",
)
