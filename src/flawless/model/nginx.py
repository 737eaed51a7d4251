"""A proxy configuration as read: a tree of directives, includes resolved."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from flawless.model.stack import Origin


class Directive(Struct, frozen=True):
    """One directive: name, arguments, where it stands, and its block when it has one."""

    name: str
    args: tuple[str, ...]
    origin: Origin
    block: tuple[Directive, ...] = ()

    def walk(self) -> Iterator[Directive]:
        """This directive and all below it."""
        yield self
        for child in self.block:
            yield from child.walk()

    def children(self, name: str) -> tuple[Directive, ...]:
        """Direct children of that name."""
        return tuple(child for child in self.block if child.name == name)


class NginxProblem(Struct, frozen=True):
    """A fault that the parser found."""

    message: str
    origin: Origin


class NginxConfig(Struct, frozen=True):
    """The whole configuration of one proxy: the root holds the top-level directives as its block."""

    root: Directive
    files: tuple[str, ...]
    problems: tuple[NginxProblem, ...] = ()

    def find(self, name: str) -> tuple[Directive, ...]:
        """All directives of that name, in file order."""
        return tuple(found for found in self.root.walk() if found.name == name)

    def servers(self) -> tuple[Directive, ...]:
        """The http server blocks."""
        return tuple(server for http in self.root.children("http") for server in http.walk() if server.name == "server")
