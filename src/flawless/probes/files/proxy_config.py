"""The configuration of each nginx whose files are on this machine, mounted or copied into its image."""

from __future__ import annotations

import asyncio
import posixpath
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from flawless.model.dockerfile import Dockerfile
from flawless.model.facts import STACK, Evidence, Fact, Known, known, service_subject, unknown
from flawless.model.keys import PROXIES, PROXY_CONFIG
from flawless.model.nginx import NginxConfig
from flawless.model.observed_files import Proxy
from flawless.model.stack import Build, Role, Service
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._container import ContainerFiles
from flawless.probes.files._nginx import read_config
from flawless.probes.files._shared import UnseenError, evidence, read_if_there
from flawless.probes.files.dockerfiles import read

_NGINX = re.compile(r"nginx|openresty")
_FOLDERS = ("/etc/nginx", "/usr/local/openresty/nginx/conf", "/opt/bitnami/nginx/conf")
_ROLES = frozenset({Role.PROXY, Role.FRONTEND})
_OTHERS = re.compile(r"traefik|caddy|haproxy|envoy|httpd|apache")


async def gather(target: Target) -> Iterable[Fact]:
    """For each service its nginx configuration, or why it cannot be read; and all those of the stack at once."""
    return await asyncio.to_thread(lambda: list(_facts(target)))


def _facts(target: Target) -> Iterator[Fact]:
    proxies = []
    for service in target.stack.services:
        fact = _fact(target, service)
        yield fact
        if service.role in _ROLES:
            proxies.append(
                Proxy(service.name, fact.reading.value, "")
                if isinstance(fact.reading, Known)
                else Proxy(service.name, None, fact.reading.reason)
            )
    yield known(PROXIES, STACK, tuple(proxies), (), target.ports.clock.now())


def _fact(target: Target, service: Service) -> Fact:
    subject = service_subject(service.name)
    try:
        config = read_proxy(target, service)
    except UnseenError as error:
        return unknown(PROXY_CONFIG, subject, target.ports.masker.mask(error.what), remedy=error.remedy)
    return known(PROXY_CONFIG, subject, config, _evidence(target, config), target.ports.clock.now())


def read_proxy(target: Target, service: Service) -> NginxConfig:
    """The configuration of a service; UnseenError when it is no nginx or its files are not here."""
    if service.role not in _ROLES:
        raise UnseenError(f"{service.name} is no proxy")
    dockerfile = dockerfile_of(target, service)
    container = ContainerFiles(service, dockerfile)
    for main in _main_files(service):
        folder = posixpath.dirname(main)
        config = read_config(target, container, main, f"{folder}/conf.d/*.conf", service.at("volumes"))
        if config is not None:
            return config
        if templates := container.glob(f"{folder}/templates/*.template"):
            raise UnseenError(
                f"{templates[0]} is a template that is filled in when the container starts",
                remedy="mount the finished configuration",
            )
    raise _not_here(service, dockerfile)


def _builder(target: Target, service: Service) -> Build | None:
    """The build of the service's image, its own or that of the service whose image it shares."""
    if service.build:
        return service.build
    return next((each.build for each in target.stack.services if each.build and each.image == service.image), None)


def dockerfile_of(target: Target, service: Service) -> Dockerfile | None:
    """The Dockerfile of the service's image; None for an image from elsewhere and for one that cannot be read."""
    build = _builder(target, service)
    try:
        return read(target, build)[0] if build else None
    except UnseenError:
        return None  # the probe of Dockerfiles says so


def _main_files(service: Service) -> Iterable[str]:
    """Where nginx is told to read, else where its packages and images put it."""
    words = (*(service.entrypoint or ()), *(service.command or ()))
    for option, value in pairwise(words):
        if option == "-c" and value.endswith(".conf"):
            yield value
    yield from (f"{folder}/nginx.conf" for folder in _FOLDERS)


def _not_here(service: Service, dockerfile: Dockerfile | None) -> UnseenError:
    base = dockerfile.lineage()[0].base if dockerfile else service.image
    if other := _OTHERS.search(f"{base} {service.image}"):
        return UnseenError(f"{service.name} runs {other[0]}; only nginx's configuration can be read")
    if _NGINX.search(f"{base} {service.image} {service.name}"):
        return UnseenError(
            f"the configuration of {service.name} is in the image {service.image or base} only",
            remedy="mount it, or copy it in with a Dockerfile of this stack, so that it can be read before the deploy",
        )
    return UnseenError(f"{service.name} is no nginx that can be recognised")


def _evidence(target: Target, config: NginxConfig) -> tuple[Evidence, ...]:
    paths = [Path(target.stack.root, file) for file in config.files]
    return tuple(evidence(target, path, read_if_there(path)) for path in paths)


PROBE = Probe(keys=(PROXY_CONFIG, PROXIES), gather=gather)
