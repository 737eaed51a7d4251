"""An image is much larger than the one it follows.

Something got into it that does not belong there: a compiler, a cache, the ``.git`` folder, test data. Every deploy then
moves and stores it, and the releases that are kept for the way back fill the disk.

## Bad (image)
```json facts.json
{"image": {"service:backend": {"size": 400000000}},
 "former-image": {"service:backend": {"release": "r1", "size": 100000000}}}
```

## Good (image)
```json facts.json
{"image": {"service:backend": {"size": 110000000}},
 "former-image": {"service:backend": {"release": "r1", "size": 100000000}}}
```

## Clean twin (image)
The first release has nothing to be compared with.
```json facts.json
{"image": {"service:backend": {"size": 400000000}}, "former-image": {"service:backend": {"release": "", "size": 0}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import FORMER_IMAGE, IMAGE

GROWTH = 1.5
_MB = 1_000_000


def judge(view: View) -> Iterator[Finding]:
    """The image is at most half as large again as the last good release's."""
    size, former = view.get(IMAGE).size, view.get(FORMER_IMAGE)
    now = f"{size / _MB:.0f} MB"
    if not former.size:
        yield view.skip(f"{now}; no good release to compare it with")
    elif size > former.size * GROWTH:
        said = f"{now} after {former.size / _MB:.0f} MB in release {former.release}"
        yield view.fail(said, at=view.service.at("build"))
    else:
        yield view.ok(f"{now}, {former.size / _MB:.0f} MB in release {former.release}")


CHECK = Check(
    id="image-oversized",
    title="an image has grown by more than half",
    severity=Severity.WARN,
    items=("P2.1",),
    rules=(Rule(Level.IMAGE, judge, needs=(IMAGE, FORMER_IMAGE)),),
    remedy="`docker history IMAGE` names the layer; build in an earlier stage, extend .dockerignore, drop caches",
    doc=__doc__ or "",
)
