"""No space is left where it writes."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="disk-full",
    title="no space is left where it writes",
    depth=Depth.MACHINE,
    find=said(r"(?i)no space left on device|ENOSPC(?!.*watchers)", also_well=True),
    fix="see where it went: `df -h`, `df -i`, `docker system df`; a full tmpfs needs `size=`",
)
