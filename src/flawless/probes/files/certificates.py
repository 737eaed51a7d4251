"""The certificates that each nginx is told to serve: where they lie, what they are for, and whether the key fits."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from flawless.checks.edge._shared import Spot, spots
from flawless.model.facts import Fact, known, service_subject, unknown
from flawless.model.keys import CERTIFICATES
from flawless.model.nginx import Directive, NginxConfig
from flawless.model.observed_files import CertificateFile
from flawless.model.stack import Origin, Service
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._container import ContainerFiles
from flawless.probes.files._shared import UnseenError
from flawless.probes.files.proxy_config import dockerfile_of, read_proxy

_MOST_BYTES = 1024 * 1024


class _Found(Struct, frozen=True):
    """A file of the container: ``here`` with its content, ``missing`` or ``elsewhere``."""

    state: str
    content: bytes = b""


async def gather(target: Target) -> Iterable[Fact]:
    """For each nginx whose configuration is here: its certificates."""
    return await asyncio.to_thread(lambda: [_fact(target, service) for service in target.stack.services])


def _fact(target: Target, service: Service) -> Fact:
    subject = service_subject(service.name)
    try:
        config = read_proxy(target, service)
    except UnseenError as error:
        return unknown(CERTIFICATES, subject, target.ports.masker.mask(error.what), remedy=error.remedy)
    place = _Place(target, service)
    return known(CERTIFICATES, subject, tuple(_certificates(config, place)), (), target.ports.clock.now())


class _Place:
    """Where the files of a container lie on this machine."""

    def __init__(self, target: Target, service: Service) -> None:
        self.now = target.ports.clock.now()
        self._root = Path(target.stack.root)
        self._container = ContainerFiles(service, dockerfile_of(target, service))
        self._secrets = {
            f"/run/secrets/{each.name}": Path(each.file)
            for each in target.stack.secrets
            if each.name in service.secrets and each.file
        }

    def find(self, inside: str) -> _Found:
        """The file at a path of the container."""
        host = self._secrets.get(inside) or self._container.host(inside)
        try:
            if host is not None and host.is_file():
                return _Found("here", host.read_bytes()[:_MOST_BYTES])
        except OSError:
            return _Found("elsewhere")
        would_lie = self._secrets.get(inside) or self._container.place(inside)
        return _Found("missing" if would_lie and would_lie.is_relative_to(self._root) else "elsewhere")


def _certificates(config: NginxConfig, place: _Place) -> Iterator[CertificateFile]:
    """One entry for each pair of certificate and key, with the names of all servers that use it."""
    pairs: dict[tuple[str, str], tuple[Origin, list[str]]] = {}
    for spot in spots(config, "server"):
        inside = Spot(spot.directive, (*spot.around, spot.directive))
        keys = inside.in_force("ssl_certificate_key")
        for number, certificate in enumerate(inside.in_force("ssl_certificate")):
            beside = _path(keys[number]) if number < len(keys) else ""
            pair = (_path(certificate), beside)
            pairs.setdefault(pair, (certificate.origin, []))[1].extend(_names(spot.directive))
    for (path, key), (origin, names) in pairs.items():
        if path and "$" not in path + key and not path.startswith("data:"):
            yield _read(path, key, origin, tuple(dict.fromkeys(names)), place)


def _path(directive: Directive) -> str:
    """nginx takes relative paths from the folder of its main file."""
    return posixpath.normpath(posixpath.join("/etc/nginx", directive.args[0])) if directive.args else ""


def _names(server: Directive) -> list[str]:
    return [name for line in server.children("server_name") for name in line.args]


def _read(path: str, key: str, origin: Origin, servers: tuple[str, ...], place: _Place) -> CertificateFile:
    found, private = place.find(path), place.find(key) if key else _Found("missing")
    fields: dict[str, Any] = {"path": path, "origin": origin, "servers": servers, "now": place.now}
    if found.state != "here":
        return CertificateFile(state=found.state, key=private.state, **fields)
    try:
        loaded, traits = _traits(found.content)
    except _unreadable():
        return CertificateFile(state="broken", key=private.state, detail="it holds no PEM certificate", **fields)
    fits = private.state if private.state != "here" else _key_state(private.content, loaded)
    return CertificateFile(state="here", key=fits, **traits, **fields)


def _traits(content: bytes) -> tuple[Any, dict[str, Any]]:
    """The first certificate of a PEM file, the server's own, and what it says; raises one of ``_unreadable()``."""
    from cryptography import x509

    certificate = x509.load_pem_x509_certificate(content)
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = (
            *alternative.get_values_for_type(x509.DNSName),
            *map(str, alternative.get_values_for_type(x509.IPAddress)),
        )
    except x509.ExtensionNotFound:
        names = ()
    return certificate, {
        "names": names,
        "not_before": certificate.not_valid_before_utc.timestamp(),
        "not_after": certificate.not_valid_after_utc.timestamp(),
    }


def _key_state(content: bytes, certificate: Any) -> str:
    """Whether a private key belongs to a certificate; one with a passphrase cannot be told."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    shape = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:
        own = load_pem_private_key(content, None).public_key()
        fits = own.public_bytes(*shape) == certificate.public_key().public_bytes(*shape)
    except TypeError:
        return "elsewhere"
    except _unreadable():
        return "broken"
    return "here" if fits else "differs"


def _unreadable() -> tuple[type[Exception], ...]:
    """What the library raises over a certificate or key that it cannot read, or will not."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType

    return ValueError, UnsupportedAlgorithm, DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType


PROBE = Probe(keys=(CERTIFICATES,), gather=gather)
