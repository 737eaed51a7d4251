"""A container is not as it was declared.

Somebody changed it by hand, or the file was changed and never deployed: another image than the release's, other
limits than the file's, or copies of one service that differ among themselves. Jobs are left out: the container of
an earlier release may still stand there.

## Bad (live)
```json facts.json
{"containers": {"service:backend": [{"image_id": "sha256:handmade"}]}}
```

## Good (live)
```json facts.json
{"containers": {"service:backend": [{"image_id": "sha256:backend"}]}}
```

## Clean twin (live)
Two copies that were made from the same configuration.
```json facts.json
{"containers": {"service:backend": [{"name": "sample-backend-1"}, {"name": "sample-backend-2"}]}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.runtime._shared import LASTING
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import CONTAINERS, RELEASE
from flawless.model.observed import ContainerState
from flawless.model.stack import Service


def judge(view: View) -> Iterator[Finding]:
    """image as in the release, settings as in the file, all copies alike."""
    containers = view.get(CONTAINERS)
    if not containers:
        yield view.skip("it has no container")
        return
    image = view.get(RELEASE).images.get(view.service.name, "")
    faults = [fault for container in containers for fault in _faults(view.service, container, image)]
    if len({container.config_hash for container in containers}) > 1:
        faults.append("its containers were made from different configurations")
    for fault in faults:
        yield view.fail(fault, at=view.service.at(""))
    if not faults:
        compared = "image and settings are" if image else "settings are (the release records no image for it)"
        yield view.ok(f"{compared} as declared", at=view.service.at(""))


def _faults(service: Service, container: ContainerState, image: str) -> Iterator[str]:
    if image and container.image_id != image:
        yield f"{container.name} runs {_short(container.image_id)}, the release has {_short(image)}"
    limits = service.limits
    pairs = {
        "memory limit": (limits.memory, container.memory),
        "CPU limit": (limits.cpus, container.cpus),
        "process limit": (limits.pids, container.pids),
        "read_only": (service.read_only, container.read_only),
        "privileged": (service.privileged, container.privileged),
    }
    for name, (declared, running) in pairs.items():
        if declared is not None and declared != running:
            yield f"{container.name} has {name} {running}, the file says {declared}"


def _short(image_id: str) -> str:
    return image_id.removeprefix("sha256:")[:12]


CHECK = Check(
    id="container-drifted",
    title="a container is not as it was declared",
    severity=Severity.WARN,
    items=("V1.1",),
    rules=(Rule(Level.LIVE, judge, needs=(CONTAINERS, RELEASE), roles=LASTING),),
    remedy="deploy again, so that what runs is what is written",
    doc=__doc__ or "",
)
