"""HTTP and TLS as a client outside the stack sees them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from flawless.model.observed import TlsFacts


class Answer(Struct, frozen=True):
    """An HTTP answer, or why there was none (status 0). Header names in lower case, repeated ones joined by ', '."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float
    error: str = ""


class Talk(Protocol):
    """A client that keeps its connections; never raises for a refused, slow or malformed answer."""

    async def ask(
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request of any method, redirects not followed."""


class Http(Protocol):
    """Asks over HTTP; never raises for a refused, slow or malformed answer."""

    async def get(
        self,
        url: str,
        *,
        timeout: float,
        headers: Mapping[str, str] | None = None,
        ca: str = "",
        sni: str = "",
    ) -> Answer:
        """One GET, redirects not followed, certificate verified against the system's CAs and the PEM file ``ca``."""

    async def post(self, url: str, body: bytes, *, timeout: float, headers: Mapping[str, str] | None = None) -> Answer:
        """One POST to a public service, certificate verified."""

    def talk(self, *, ca: str = "", sni: str = "", http2: bool = True) -> AbstractAsyncContextManager[Talk]:
        """A client for many requests, trusting as ``get`` does; without HTTP/2 it can ask for an upgrade."""

    async def tls(self, host: str, port: int, *, server_name: str, ca: str, timeout: float) -> TlsFacts:
        """The certificate and the protocols of an address; raises OSError when it cannot be reached."""
