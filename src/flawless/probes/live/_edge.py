"""How the stack is reached from outside: what flawless.toml says, else the ports that the proxy really publishes."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from flawless.model.stack import Role, Service
from flawless.ports.bundle import Target
from flawless.ports.http import Answer
from flawless.ports.inspect import container_state
from flawless.probes.live._services import UnseenError, containers_of

_HTTPS = (443, 8443)
_HTTP = (80, 8080)
_ANY = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  (what is published everywhere is asked for on this machine)
_REMEDY = 'set url = "https://…" under [edge] in flawless.toml'


class Edge(Struct, frozen=True):
    """Base URLs without a path, empty where there is none; the Host header and the CA file to use, if any."""

    https: str
    http: str
    host: str
    ca: str

    @property
    def base(self) -> str:
        """Where pages are asked for."""
        return self.https or self.http

    @property
    def headers(self) -> dict[str, str]:
        """The headers every request carries."""
        return {"host": self.host} if self.host else {}


class _Binding(Struct, frozen=True):
    target: int
    address: str


async def edge_of(target: Target) -> Edge:
    """The way in; UnseenError when neither the settings nor a published port tell one."""
    said = target.settings.edge
    bindings = [] if said.url and said.http_url else await _bindings(target)
    edge = Edge(
        https=said.url.rstrip("/") or _base("https", _HTTPS, bindings),
        http=said.http_url.rstrip("/") or _base("http", _HTTP, bindings),
        host=said.host,
        ca=str(Path(target.stack.root) / said.ca) if said.ca else "",
    )
    if not edge.base:
        raise UnseenError("no service publishes a port for HTTP or HTTPS", remedy=_REMEDY)
    return edge


async def ask(target: Target, edge: Edge, url: str, timeout: float = 5.0) -> Answer:
    """One GET from outside, as a client of the edge would do it."""
    return await target.ports.http.get(url, timeout=timeout, headers=edge.headers, ca=edge.ca, sni=edge.host)


def _base(scheme: str, targets: tuple[int, ...], bindings: list[_Binding]) -> str:
    found = next((binding for binding in bindings if binding.target in targets), None)
    return f"{scheme}://{found.address}" if found else ""


async def _bindings(target: Target) -> list[_Binding]:
    """What the proxy (without one: any service) publishes; from the files while its container does not run."""
    proxies = target.stack.with_role(Role.PROXY) or target.stack.services
    containers = await containers_of(target)
    here = _engine_host(target)
    found: list[_Binding] = []
    for service in proxies:
        states = [container_state(raw, target.ports.masker) for raw in containers[service.name]]
        live = [
            _Binding(port.target, _address(port.host_ip, str(port.host_port), here))
            for state in states
            for port in state.published
        ]
        found += live or _declared(service, here)
    return found


def _declared(service: Service, here: str) -> list[_Binding]:
    return [
        _Binding(port.target, _address(port.host_ip, port.published, here))
        for port in service.ports
        if port.published.isdigit()
    ]


def _address(host_ip: str, port: str, here: str) -> str:
    host = here if host_ip in _ANY else host_ip
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _engine_host(target: Target) -> str:
    """Where ports published on all interfaces are reached: on this machine, or where a remote engine is."""
    parts = urlsplit(target.ports.engine.address)
    return parts.hostname or "127.0.0.1" if parts.scheme in ("tcp", "ssh", "http", "https") else "127.0.0.1"
