"""A container may do more on the host than its work needs.

The engine gives fourteen capabilities to every container that does not drop them; almost no program needs one.
Without ``no-new-privileges`` a setuid program in the image gives root back to whoever finds it. A privileged
container is root on the host.

## Bad
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    cap_add: [SYS_ADMIN]
```

## Good
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
```

## Clean twin
The official database images change owner and user at their start, and need these capabilities for it.
```yaml compose.yaml
services:
  postgres:
    image: postgres:16
    cap_drop: [ALL]
    cap_add: [CHOWN, DAC_OVERRIDE, FOWNER, SETGID, SETUID]
    security_opt: ["no-new-privileges:true"]
```

## Bad (live)
```json facts.json
{"containers": {"service:backend": [{"privileged": true}]}}
```

## Good (live)
```json facts.json
{"containers": {"service:backend": [{"cap_drop": ["ALL"], "cap_add": ["CAP_NET_BIND_SERVICE"]}]}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import CONTAINERS
from flawless.model.observed import ContainerState
from flawless.model.stack import Service

ORDINARY = frozenset({"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"})
_NO_NEW = frozenset({"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"})
_KEPT = "keeps the engine's default capabilities (cap_drop lacks ALL)"
_MAY_GAIN = "may gain new privileges (no-new-privileges is not set)"
_LEFT_OUT = frozenset({_KEPT, _MAY_GAIN})
_GUARDS = ("seccomp", "apparmor", "systempaths")


def judge_files(view: View) -> Iterator[Finding]:
    """As the compose file says it."""
    service = view.service
    faults = list(_faults(service))
    for key, fault in faults:
        yield view.fail(fault, at=service.at(key), absent=fault in _LEFT_OUT)
    if not faults:
        yield view.ok("all capabilities are dropped, new privileges ruled out", at=service.at("cap_drop"))


def judge_live(view: View) -> Iterator[Finding]:
    """As the engine runs it."""
    containers = view.get(CONTAINERS)
    if not containers:
        yield view.skip("it has no container")
    for container in containers:
        faults = list(_faults(container))
        for key, fault in faults:
            left_out = fault in _LEFT_OUT
            yield view.fail(f"{container.name} {fault}", at=view.service.at(key), absent=left_out)
        if not faults:
            yield view.ok(f"{container.name} has dropped all capabilities", at=view.service.at("cap_drop"))


def _faults(of: Service | ContainerState) -> Iterator[tuple[str, str]]:
    """Each fault with the key of the compose file where it is mended."""
    if of.privileged:
        yield "privileged", "is privileged: it has every capability and every device"
        return
    if "ALL" not in {_plain(name) for name in of.cap_drop}:
        yield "cap_drop", _KEPT
    added = sorted({_plain(name) for name in of.cap_add} - ORDINARY)
    if added:
        yield "cap_add", f"is given {', '.join(added)}"
    options = {option.replace(" ", "") for option in of.security_opt}
    if options.isdisjoint(_NO_NEW):
        yield "security_opt", _MAY_GAIN
    for guard in _GUARDS:
        if not options.isdisjoint({f"{guard}:unconfined", f"{guard}=unconfined"}):
            yield "security_opt", f"runs without {guard}"


def _plain(name: str) -> str:
    return name.upper().removeprefix("CAP_")


CHECK = Check(
    id="capabilities-excessive",
    title="a container may do more on the host than it needs",
    severity=Severity.BLOCK,
    items=("S1.2",),
    rules=(Rule(Level.FILES, judge_files), Rule(Level.LIVE, judge_live, needs=(CONTAINERS,))),
    remedy='write `cap_drop: [ALL]` and `security_opt: ["no-new-privileges:true"]`; add back only what it needs',
    doc=__doc__ or "",
    reference="CIS Docker Benchmark 1.6: 5.2, 5.4, 5.5, 5.22 and 5.26; "
    "OWASP Docker Security Cheat Sheet: rules 3, 4 and 6",
)
