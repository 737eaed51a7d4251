"""Who must reach whom, as far as the compose files tell it."""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.stack import Origin, Role, Service, Stack

_TALKS_TO = {
    Role.PROXY: frozenset({Role.FRONTEND, Role.BACKEND}),
    Role.BACKEND: frozenset({Role.DATABASE, Role.CACHE}),
    Role.JOB: frozenset({Role.DATABASE, Role.CACHE}),
}


def needs(stack: Stack, service: Service) -> Iterator[tuple[Service, str, Origin]]:
    """Each peer that a service must reach, why, and where that is written; one that is named twice comes twice."""
    for dependency in service.depends_on:
        peer = stack.service(dependency.service)
        if peer and peer.role in _TALKS_TO.get(service.role, ()):
            yield peer, "waits for it", service.at("depends_on")
    for var in service.env:
        peer = called(stack, service, var.url.host) if var.url else None
        if peer:
            yield peer, f"names it in {var.name}", var.origin


def called(stack: Stack, service: Service, host: str) -> Service | None:
    """The other service that ``service`` means by a host name, whether it can be reached or not; None for none."""
    others = [other for other in stack.services if other.name != service.name]
    reached = stack.named(host, service)
    if reached:
        return reached if reached in others else None
    return next((other for other in others if host and host in (other.name, other.container_name)), None)
