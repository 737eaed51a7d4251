"""Walking a parsed nginx configuration: what is in force where, and where requests are passed on to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from msgspec import Struct

from flawless.model.nginx import Directive, NginxConfig
from flawless.model.stack import Origin, Service, Stack

PASSES = frozenset({"proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass"})
_DEFAULT_PORTS = {"http": 80, "https": 443, "grpc": 80, "grpcs": 443}
_ADDRESS = re.compile(r"^(?:(?P<scheme>[a-z]+)://)?(?P<authority>[^/?]*)")
_HOST_PORT = re.compile(r"^(?P<host>\[[^\]]+\]|[^:]*)(?::(?P<port>\d+))?$")
_PATH_VARIABLE = re.compile(r"\$\{?(?:request_uri|uri|document_uri|is_args)\b.*")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_OUTSIDE = frozenset({"localhost", "host.docker.internal", ""})


class Spot(Struct, frozen=True):
    """A directive and the blocks around it, the outermost first."""

    directive: Directive
    around: tuple[Directive, ...]

    def in_force(self, name: str) -> tuple[Directive, ...]:
        """Directives of that name in force here: those of the innermost block that has any, as nginx inherits."""
        for block in reversed(self.around):
            if found := block.children(name):
                return found
        return ()

    def inside(self, name: str) -> Directive | None:
        """The innermost block of that name around the directive, or None."""
        return next((block for block in reversed(self.around) if block.name == name), None)


class Target(Struct, frozen=True):
    """Where requests are passed to. ``host`` is empty when the files do not tell it.

    ``origin`` is the line that names it; ``by_variable``: the pass itself holds a variable, so nginx asks its resolver;
    ``server`` is the line of the upstream block when the pass names one.
    """

    spot: Spot
    host: str
    port: int | None
    by_variable: bool
    origin: Origin
    server: Directive | None = None


def spots(config: NginxConfig, *names: str) -> Iterator[Spot]:
    """Every directive of those names with the blocks around it, in file order."""
    yield from _spots(config.root, (), frozenset(names))


def _spots(block: Directive, around: tuple[Directive, ...], names: frozenset[str]) -> Iterator[Spot]:
    inside = (*around, block)
    for child in block.block:
        if child.name in names:
            yield Spot(child, inside)
        yield from _spots(child, inside, names)


def targets(config: NginxConfig) -> Iterator[Target]:
    """Every host that a pass directive names, the members of an upstream one by one; Unix sockets are left out."""
    upstreams = {block.args[0]: block for block in config.find("upstream") if block.args}
    for spot in spots(config, *PASSES):
        if spot.directive.args and "unix:" not in spot.directive.args[0]:
            yield from _targets(spot, upstreams)


def _targets(spot: Spot, upstreams: dict[str, Directive]) -> Iterator[Target]:
    text = spot.directive.args[0]
    address = _ADDRESS.match(_PATH_VARIABLE.sub("/", _expanded(text, spot)))
    scheme, authority = (address["scheme"] or "", address["authority"]) if address else ("", "")
    variable = "$" in text
    if members := upstreams.get(authority):
        for server in members.children("server"):
            if server.args and not server.args[0].startswith("unix:"):
                host, port = _host_port(server.args[0], 80)
                yield Target(spot, host, port, variable, server.origin, server)
        return
    host, port = _host_port(authority, _DEFAULT_PORTS.get(scheme))
    yield Target(spot, host, port, variable, spot.directive.origin)


def _expanded(text: str, spot: Spot) -> str:
    """The text with variables that ``set`` gives a value around the spot; twice, for a variable in a variable."""
    values = {
        directive.args[0].removeprefix("$"): directive.args[1]
        for block in spot.around
        for directive in block.children("set")
        if len(directive.args) == 2
    }
    for _ in range(2):
        text = _VARIABLE.sub(lambda found: values.get(found[1] or found[2], found[0]), text)
    return text


def _host_port(authority: str, default: int | None) -> tuple[str, int | None]:
    found = _HOST_PORT.match(authority)
    if not found or "$" in found["host"]:
        return "", None
    return found["host"], int(found["port"]) if found["port"] else default


def is_peer(host: str, caller: Service, stack: Stack) -> bool:
    """Whether a host must be a container: a name that the stack knows, or one without dots that is no address."""
    return stack.named(host, caller) is not None or not (host in _OUTSIDE or "." in host or _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
