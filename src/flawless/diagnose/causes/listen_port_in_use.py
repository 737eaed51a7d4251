"""A port that it listens on is taken inside its own network."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="listen-port-in-use",
    title="a port that it listens on is taken inside its own network",
    depth=Depth.SETTING,
    find=said(
        r"bind\(\) to [^ ]+ failed \(98: |EADDRINUSE|Address already in use|Address in use \(os error "
        r"98\)"
    ),
    fix="let only one program of {service} listen on that port; with `network_mode: host` look with `ss -ltnp`",
)
