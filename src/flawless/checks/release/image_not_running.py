"""A service does not run the image of its release.

Tags move. Only the image's id tells that what was built and inspected is what serves after the switch, and that a
rollback brought back what it promised.

## Bad (live)
```json facts.json
{"containers": {"service:backend": [{"image_id": "sha256:old"}]}}
```

## Good (live)
```json facts.json
{"containers": {"service:backend": [{"image_id": "sha256:backend"}]}}
```

## Clean twin (live)
Two containers of one image.
```json facts.json
{"containers": {"service:backend": [{"image_id": "sha256:backend"}, {"image_id": "sha256:backend"}]}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.runtime._shared import LASTING
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import CONTAINERS, RELEASE


def judge(view: View) -> Iterator[Finding]:
    """Every container's image id is the one that the release records."""
    release, containers = view.get(RELEASE), view.get(CONTAINERS)
    expected = release.images.get(view.service.name)
    if not expected:
        yield view.skip(f"release {release.id} records no image for it")
        return
    if not containers:
        yield view.fail("no container runs its image", at=view.service.at("image"))
    for container in containers:
        said = f"{container.name} runs {_short(container.image_id)}"
        if container.image_id == expected:
            yield view.ok(f"{said}, as release {release.id} says", at=view.service.at("image"))
        else:
            yield view.fail(f"{said}, release {release.id} has {_short(expected)}", at=view.service.at("image"))


def _short(image_id: str) -> str:
    return image_id.removeprefix("sha256:")[:12]


CHECK = Check(
    id="image-not-running",
    title="a service does not run the image of its release",
    severity=Severity.BLOCK,
    items=("D2.2", "E1"),
    rules=(Rule(Level.LIVE, judge, needs=(CONTAINERS, RELEASE), roles=LASTING),),
    remedy="deploy again, or `flawless rollback`",
    doc=__doc__ or "",
)
