"""nginx configurations as data, for the tests of checks that read one."""

from __future__ import annotations

from flawless.model.facts import Fact, known, service_subject
from flawless.model.keys import PROXY_CONFIG
from flawless.model.nginx import Directive, NginxConfig, NginxProblem
from flawless.model.stack import Origin


def d(name: str, *inside: str | Directive, line: int = 1) -> Directive:
    """A directive: strings are its arguments, directives its block."""
    args = tuple(part for part in inside if isinstance(part, str))
    block = tuple(part for part in inside if isinstance(part, Directive))
    return Directive(name, args, Origin("nginx.conf", line), block)


def config(*http: Directive, problems: tuple[NginxProblem, ...] = ()) -> NginxConfig:
    """A configuration with that content in its http block."""
    return NginxConfig(d("", d("http", *http)), ("nginx.conf",), problems)


def proxy_config(*http: Directive, service: str = "nginx") -> Fact:
    """The reading of that configuration for a proxy service."""
    return known(PROXY_CONFIG, service_subject(service), config(*http))
