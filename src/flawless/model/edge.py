"""Where a stack is reached from outside: worked out from the proxy's published ports, or set."""

from __future__ import annotations

from flawless.model.settings import Settings
from flawless.model.stack import Port, Role, Stack

_TLS_TARGETS = frozenset({443, 8443})
_ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  (recognised, not bound)


def _published(stack: Stack) -> list[Port]:
    return [port for proxy in stack.with_role(Role.PROXY) for port in proxy.ports if port.published.isdigit()]


def _url(scheme: str, port: Port, usual: str) -> str:
    host = "127.0.0.1" if port.host_ip in _ANYWHERE else port.host_ip
    suffix = "" if port.published == usual else f":{port.published}"
    return f"{scheme}://{host}{suffix}"


def https_url(stack: Stack, settings: Settings) -> str:
    """Base URL of the stack over TLS; empty when the proxy publishes no TLS port."""
    if settings.edge.url:
        return settings.edge.url.rstrip("/")
    return next((_url("https", port, "443") for port in _published(stack) if port.target in _TLS_TARGETS), "")


def http_url(stack: Stack, settings: Settings) -> str:
    """Base URL of the stack over plain HTTP; empty when the proxy publishes no such port."""
    if settings.edge.http_url:
        return settings.edge.http_url.rstrip("/")
    return next((_url("http", port, "80") for port in _published(stack) if port.target not in _TLS_TARGETS), "")


def base_url(stack: Stack, settings: Settings) -> str:
    """Where the site is: over TLS where there is TLS; empty when nothing is published."""
    return https_url(stack, settings) or http_url(stack, settings)
