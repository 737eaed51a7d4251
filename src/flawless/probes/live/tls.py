"""The proxy's certificate and protocols, as a client outside sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flawless.model.facts import STACK, Fact, known, unknown
from flawless.model.keys import TLS
from flawless.model.observed import TlsFacts
from flawless.ports.bundle import Probe, Target
from flawless.probes.live._edge import edge_of
from flawless.probes.live._services import UnseenError

_SECONDS = 5.0
_HTTPS = 443


async def gather(target: Target) -> list[Fact]:
    """The certificate with its chain verified, and every protocol version that the server accepts."""
    try:
        edge = await edge_of(target)
        if not edge.https:
            raise UnseenError("no service publishes a TLS port", remedy="publish the proxy's port 443")
    except UnseenError as error:
        return [unknown(TLS, STACK, error.what, remedy=error.remedy)]
    parts = urlsplit(edge.https)
    host, port = parts.hostname or "", parts.port or _HTTPS
    try:
        seen = await target.ports.http.tls(host, port, server_name=edge.host, ca=edge.ca, timeout=_SECONDS)
    except OSError as error:
        return [
            unknown(TLS, STACK, f"no TLS handshake with {host}:{port}: {error}", remedy="see whether the proxy runs")
        ]
    until = datetime.fromtimestamp(seen.not_after, UTC).date().isoformat()
    text = (
        f"{seen.subject} by {seen.issuer} until {until}, {', '.join(seen.protocols)}; {seen.verify_error or 'trusted'}"
    )
    evidence = target.ports.masker.evidence(f"TLS handshakes with {host}:{port}", _status(seen), text, seen.now, 0.0)
    return [known(TLS, STACK, seen, (evidence,), seen.now)]


def _status(seen: TlsFacts) -> str:
    return "verified" if seen.verified else "not verified"


PROBE = Probe(keys=(TLS,), gather=gather, timeout=20.0)
