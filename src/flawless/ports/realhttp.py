"""The real HTTP and TLS client: httpx2 for requests, ssl and cryptography for certificates."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from flawless.model.observed import UNTRUSTED, TlsFacts
from flawless.ports.http import Answer, Talk

if TYPE_CHECKING:
    from http.cookiejar import CookieJar

    import httpx2
    from cryptography.x509 import Certificate, Name

_MOST_BYTES = 1024 * 1024
_SWITCHED = 101
_PROTOCOLS = {
    "TLSv1.0": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


class _Address(Struct, frozen=True):
    host: str
    port: int
    server_name: str
    timeout: float


class _Seen(Struct, frozen=True):
    """A server's certificate (DER) and the cipher agreed on."""

    der: bytes
    cipher: str


class RealHttp:
    """Asks over the machine's network. Bodies are cut at 1 MB."""

    def __init__(self) -> None:
        self._trusts: dict[str, ssl.SSLContext] = {}

    async def get(
        self,
        url: str,
        *,
        timeout: float,
        headers: Mapping[str, str] | None = None,
        ca: str = "",
        sni: str = "",
    ) -> Answer:
        """See ``Http.get``. No proxy of the environment is used: what is asked is near."""
        return await self._ask("GET", url, timeout=timeout, headers=headers, ca=ca, sni=sni, direct=True)

    async def post(self, url: str, body: bytes, *, timeout: float, headers: Mapping[str, str] | None = None) -> Answer:
        """See ``Http.post``. The environment's proxies are used."""
        return await self._ask("POST", url, body=body, timeout=timeout, headers=headers, direct=False)

    async def tls(self, host: str, port: int, *, server_name: str, ca: str, timeout: float) -> TlsFacts:
        """See ``Http.tls``."""
        at = _Address(host, port, server_name or host, timeout)
        trust = self._trust(ca)
        probes = [_only(version) for version in _PROTOCOLS.values()]
        seen = await asyncio.to_thread(_handshake, at, _unverified())
        error, *refusals = await asyncio.gather(
            *(asyncio.to_thread(_complaint, at, context) for context in (trust, *probes))
        )
        accepted = tuple(name for name, refusal in zip(_PROTOCOLS, refusals, strict=True) if not refusal)
        return _facts(at, seen, error, accepted)

    @asynccontextmanager
    async def talk(self, *, ca: str = "", sni: str = "", http2: bool = True) -> AsyncIterator[Talk]:
        """See ``Http.talk``."""
        async with self._talk(ca, sni, direct=True, http2=http2) as talk:
            yield talk

    @asynccontextmanager
    async def _talk(
        self, ca: str, sni: str, *, direct: bool, http2: bool = True, plain: bool = False
    ) -> AsyncIterator[Talk]:
        """``plain``: TLS is not spoken, so no authority has to be read, which takes longer than to ask."""
        import httpx2

        try:
            trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else self._trust(ca)
        except OSError as error:
            yield _Untrusted(str(error))
            return
        async with httpx2.AsyncClient(http2=http2, verify=trust, trust_env=not direct, cookies=_no_cookies()) as client:
            yield _RealTalk(client, sni)

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        direct: bool,
        headers: Mapping[str, str] | None,
        body: bytes | None = None,
        ca: str = "",
        sni: str = "",
    ) -> Answer:
        async with self._talk(ca, sni, direct=direct, plain=url.startswith("http:")) as talk:
            return await talk.ask(method, url, timeout=timeout, body=body, headers=headers)

    def _trust(self, ca: str) -> ssl.SSLContext:
        """The system's certificate authorities and those in the file; OSError when it cannot be read."""
        if ca not in self._trusts:
            context = ssl.create_default_context()
            if ca:
                _load(context, ca)
            self._trusts[ca] = context
        return self._trusts[ca]


class _RealTalk:
    """One client of httpx2."""

    def __init__(self, client: httpx2.AsyncClient, sni: str) -> None:
        self._client = client
        self._options = {"sni_hostname": sni} if sni else {}

    async def ask(
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """See ``Talk.ask``."""
        import httpx2

        start = time.monotonic()
        try:
            async with (
                asyncio.timeout(timeout),
                self._client.stream(
                    method, url, content=body, headers=dict(headers or {}), extensions=self._options, timeout=timeout
                ) as answer,
            ):
                seconds = time.monotonic() - start
                read = b"" if answer.status_code == _SWITCHED else await _body(answer)
                return Answer(answer.status_code, _joined(answer.headers.multi_items()), read, seconds)
        except TimeoutError:
            return _none(f"{url} did not answer within {timeout:g} s", start)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, ExceptionGroup) as error:
            return _none(f"{url}: {_reason(error)}", start)


class _Untrusted:
    """Stands where there is no CA file to trust."""

    def __init__(self, error: str) -> None:
        self._error = error

    async def ask(
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The reason, whatever is asked."""
        return Answer(0, {}, b"", 0.0, self._error)


def _no_cookies() -> CookieJar:
    """A jar that takes nothing: who asks without a login must not be logged in by an answer of before."""
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def _load(context: ssl.SSLContext, ca: str) -> None:
    try:
        context.load_verify_locations(ca)
    except OSError as error:
        raise OSError(f"the CA file {ca} cannot be read: {_words(error)}") from None


async def _body(answer: httpx2.Response) -> bytes:
    body = bytearray()
    async for block in answer.aiter_bytes():
        body += block
        if len(body) > _MOST_BYTES:
            break
    return bytes(body[:_MOST_BYTES])


def _joined(items: list[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in items:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def _none(error: str, start: float) -> Answer:
    return Answer(0, {}, b"", time.monotonic() - start, error)


def _reason(error: Exception) -> str:
    """The innermost cause in its own words: libraries wrap it in emptier ones."""
    cause: BaseException = error
    while isinstance(cause, ExceptionGroup):
        cause = cause.exceptions[0]
    while inner := cause.__cause__ or cause.__context__:
        cause = inner
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"{UNTRUSTED}: {cause.verify_message}"
    return _words(cause) or str(error) or type(error).__name__


def _words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.errno and not isinstance(error, ssl.SSLError):
        return os.strerror(error.errno) if error.errno > 0 else str(error.strerror)
    return str(error)


def _unverified() -> ssl.SSLContext:
    """Accepts any certificate and every protocol and cipher, to see what the server does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")  # the distribution's default would refuse old protocols on our side
    return context


def _only(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = _unverified()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    return context


def _handshake(at: _Address, context: ssl.SSLContext) -> _Seen:
    """One handshake; OSError when there is none."""
    with (
        socket.create_connection((at.host, at.port), at.timeout) as plain,
        context.wrap_socket(plain, server_hostname=at.server_name) as wrapped,
    ):
        cipher = wrapped.cipher()
        return _Seen(wrapped.getpeercert(binary_form=True) or b"", cipher[0] if cipher else "")


def _complaint(at: _Address, context: ssl.SSLContext) -> str:
    """Why a handshake fails; empty when it does not."""
    try:
        _handshake(at, context)
    except OSError as error:
        return _words(error)
    return ""


def _facts(at: _Address, seen: _Seen, error: str, protocols: tuple[str, ...]) -> TlsFacts:
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(seen.der)
    except ValueError as broken:
        raise OSError(f"the certificate of {at.host}:{at.port} cannot be read: {broken}") from broken
    return TlsFacts(
        host=at.host,
        port=at.port,
        subject=_name(certificate.subject),
        issuer=_name(certificate.issuer),
        names=_alternative_names(certificate),
        not_before=certificate.not_valid_before_utc.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        verified=not error,
        verify_error=error,
        protocols=protocols,
        cipher=seen.cipher,
        now=time.time(),
    )


def _name(name: Name) -> str:
    return name.rfc4514_string()


def _alternative_names(certificate: Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return (*names.get_values_for_type(x509.DNSName), *addresses)
