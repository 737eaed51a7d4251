"""Another container holds its name."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, checked

CAUSE = Cause(
    id="name-conflict",
    title="another container holds its name",
    depth=Depth.SETTING,
    find=checked("foreign-container-holds-name"),
    fix="`docker rename NAME NAME-old`, or take `container_name:` out of services.{service}",
)
