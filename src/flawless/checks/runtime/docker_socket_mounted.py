"""A container holds the keys of the host.

Whoever can write to the engine's socket is root on the host, and a read-only mount of a socket can still be written
to. The same holds for the host's own folders and, less directly, for its network, process and IPC namespaces.

## Bad
```yaml compose.yaml
services:
  agent:
    image: example/agent:1
    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]
```

## Good
```yaml compose.yaml
services:
  agent:
    image: example/agent:1
    volumes: ["./agent.conf:/etc/agent.conf:ro"]
```
```text agent.conf
name = sample
```

## Clean twin
Certificates and the time zone are single things of the host, not the host.
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    volumes: ["/etc/letsencrypt:/etc/letsencrypt:ro", "/etc/localtime:/etc/localtime:ro"]
```
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.stack import Mount

_SOCKETS = frozenset({"docker.sock", "containerd.sock", "podman.sock", "crio.sock"})
_FOLDERS = {
    PurePosixPath("/", folder)
    for folder in (".", "bin", "boot", "dev", "etc", "home", "lib", "lib64", "proc", "root", "run", "sbin", "sys")
} | {PurePosixPath("/usr"), PurePosixPath("/var"), PurePosixPath("/var/lib"), PurePosixPath("/var/run")}
_WITH_ALL_BELOW = tuple(map(PurePosixPath, ("/boot", "/root", "/var/lib/docker", "/var/lib/containerd")))


def judge(view: View) -> Iterator[Finding]:
    """No engine socket, no folder that is the host itself, no namespace of the host."""
    faults = [*_mounts(view), *_namespaces(view)]
    yield from faults
    if not faults:
        yield view.ok("it holds neither the engine's socket nor folders or namespaces of the host")


def _mounts(view: View) -> Iterator[Finding]:
    for mount in view.service.mounts:
        if mount.kind == "bind" and (what := _danger(mount)):
            yield view.fail(f"mounts {what}", at=mount.origin)


def _danger(mount: Mount) -> str:
    source = PurePosixPath(mount.source)
    if source.name in _SOCKETS:
        return f"the engine's socket {source}"
    below = any(folder == source or folder in source.parents for folder in _WITH_ALL_BELOW)
    return f"{source} of the host" if below or source in _FOLDERS else ""


def _namespaces(view: View) -> Iterator[Finding]:
    service = view.service
    modes = {"network_mode": service.network_mode, "pid": service.pid_mode, "ipc": service.ipc_mode}
    for key, mode in modes.items():
        if mode == "host":
            yield view.fail(f"uses the host's {key.removesuffix('_mode')} namespace", at=service.at(key))


CHECK = Check(
    id="docker-socket-mounted",
    title="a container holds the keys of the host",
    severity=Severity.BLOCK,
    items=("S1.2",),
    rules=(Rule(Level.FILES, judge),),
    remedy="take the mount or namespace away; put a proxy that filters calls before the engine",
    doc=__doc__ or "",
    reference="CIS Docker Benchmark 1.6: 5.6, 5.16, 5.17 and 5.32; OWASP Docker Security Cheat Sheet: rule 1",
)
