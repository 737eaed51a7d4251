"""What a server block serves, and from where: pages or redirects, TLS or plain, this machine or another's. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from flawless.checks.edge._routes import answering
from flawless.checks.edge._shared import PASSES, Spot
from flawless.model.nginx import Directive, NginxConfig
from flawless.model.stack import Mount, Service

CHALLENGE = "/.well-known/acme-challenge/token"
_LOCAL = re.compile(r"127\.|\[::1\]|unix:")
_PAGES = frozenset({*PASSES, "root", "alias", "try_files"})


def shows_pages(server: Directive) -> bool:
    """Whether a server shows something to others: it is neither for this machine alone nor only a redirect."""
    listens = server.children("listen")
    own = bool(listens) and all(_LOCAL.match(" ".join(line.args)) for line in listens)
    shows = any(each.name in _PAGES for each in server.walk())
    return shows and not own and not redirects(server)


def redirects(block: Directive) -> bool:
    """Whether a block itself answers with a redirect."""
    return any(line.args[:1] and line.args[0][:1] == "3" for line in block.children("return"))


def speaks_tls(server: Directive) -> bool:
    """Whether a server listens for TLS or QUIC."""
    return any({"ssl", "quic"}.intersection(listen.args) for listen in server.children("listen"))


def challenged(config: NginxConfig) -> Iterator[Spot]:
    """For each server on plain HTTP, the block that answers an ACME challenge; one that only redirects does not."""
    for server in config.servers():
        location = None if speaks_tls(server) else answering(server, CHALLENGE)
        if location is not None and ("acme" in " ".join(location.args) or not redirects(location)):
            yield Spot(location, (server, location))
        elif location is None and not speaks_tls(server) and root_of(Spot(server, (server,))):
            yield Spot(server, (server,))


def root_of(spot: Spot) -> str:
    """The folder that a block serves, or "" when it passes requests on or answers them itself."""
    if spot.directive.children("return"):
        return ""
    roots = (*spot.in_force("alias"), *spot.in_force("root"))
    return roots[0].args[0] if roots and roots[0].args else ""


def source_of(service: Service, inside: str) -> str | None:
    """Where a path of a container comes from: a volume or folder of the host, and what is below it."""
    path = posixpath.normpath(inside)

    def below(mount: Mount) -> str | None:
        target = mount.target.rstrip("/")
        return path[len(target) :] if path == target or path.startswith(f"{target}/") else None

    found = [(mount, rest) for mount in service.mounts if (rest := below(mount)) is not None]
    if not found:
        return None
    mount, rest = max(found, key=lambda pair: len(pair[0].target))
    return mount.source + rest
