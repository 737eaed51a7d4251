"""The real HTTP and TLS client against servers on this machine."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flawless.ports.realhttp import RealHttp


def certificate(folder: Path, *, days: int = 30, address: str = "127.0.0.1") -> Path:
    """A PEM file with a key and a certificate that is its own authority, good until ``days`` from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{days}-{address}.pem"
    clear = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, clear) + built.public_bytes(serialization.Encoding.PEM)
    )
    return pem


class Pages(BaseHTTPRequestHandler):
    """/ answers, /moved redirects, /big is endless, /twice repeats a header, /slow never answers."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/slow":
            threading.Event().wait(3)
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/")
        for value in ("a", "b") if self.path == "/twice" else ():
            self.send_header("X-Twice", value)
        body = b"x" * (3_000_000 if self.path == "/big" else 2)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@contextmanager
def serving(pem: Path | None = None, oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> Iterator[int]:
    """The port of a server of ``Pages``, over TLS when there is a certificate."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        server.daemon_threads = True
        if pem:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = oldest
            if oldest < ssl.TLSVersion.TLSv1_2:
                context.set_ciphers("ALL:@SECLEVEL=0")
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


async def test_an_answer_is_told_whole_and_redirects_are_not_followed() -> None:
    with serving() as port:
        answer = await RealHttp().get(f"http://127.0.0.1:{port}/moved", timeout=5)
    assert (answer.status, answer.headers["location"], answer.body, answer.error) == (302, "/", b"xx", "")


async def test_repeated_headers_are_joined() -> None:
    with serving() as port:
        answer = await RealHttp().get(f"http://127.0.0.1:{port}/twice", timeout=5)
    assert answer.headers["x-twice"] == "a, b"


async def test_a_huge_body_is_cut() -> None:
    with serving() as port:
        answer = await RealHttp().get(f"http://127.0.0.1:{port}/big", timeout=5)
    assert len(answer.body) == 1024 * 1024


async def test_a_server_that_does_not_answer_is_no_exception() -> None:
    with serving() as port:
        answer = await RealHttp().get(f"http://127.0.0.1:{port}/slow", timeout=0.2)
    assert answer.status == 0
    assert "within 0.2 s" in answer.error


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://no-such-host.invalid/", "not known"),
        ("not a url", "protocol"),
        ("http://127.0.0.1:99999/", ""),
    ],
)
async def test_what_cannot_be_asked_is_an_answer_with_the_reason(url: str, words: str) -> None:
    answer = await RealHttp().get(url, timeout=5)
    assert answer.status == 0
    assert words in answer.error
    assert answer.error


async def test_a_closed_port_is_told_as_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = await RealHttp().get(f"http://127.0.0.1:{port}/", timeout=5)
    assert (answer.status, "Connection refused" in answer.error) == (0, True)


async def test_a_certificate_of_the_given_authority_is_trusted(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with serving(pem) as port:
        answer = await RealHttp().get(f"https://127.0.0.1:{port}/", timeout=5, ca=str(pem))
        seen = await RealHttp().tls("127.0.0.1", port, server_name="", ca=str(pem), timeout=5)
    assert answer.status == 200
    assert (seen.verified, seen.verify_error, seen.names) == (True, "", ("127.0.0.1",))
    assert seen.protocols == ("TLSv1.2", "TLSv1.3")
    assert seen.not_before < seen.now < seen.not_after


async def test_a_certificate_of_nobody_known_is_refused(tmp_path: Path) -> None:
    with serving(certificate(tmp_path)) as port:
        answer = await RealHttp().get(f"https://127.0.0.1:{port}/", timeout=5)
        seen = await RealHttp().tls("127.0.0.1", port, server_name="", ca="", timeout=5)
    assert (answer.status, seen.verified) == (0, False)
    assert "not trusted" in answer.error
    assert "self-signed" in seen.verify_error


async def test_an_expired_certificate_is_told_as_such(tmp_path: Path) -> None:
    pem = certificate(tmp_path, days=-1)
    with serving(pem) as port:
        seen = await RealHttp().tls("127.0.0.1", port, server_name="", ca=str(pem), timeout=5)
    assert (seen.verified, seen.verify_error) == (False, "certificate has expired")
    assert seen.not_after < seen.now


async def test_a_certificate_for_another_name_is_told_as_such(tmp_path: Path) -> None:
    pem = certificate(tmp_path, address="127.0.0.9")
    with serving(pem) as port:
        seen = await RealHttp().tls("127.0.0.1", port, server_name="", ca=str(pem), timeout=5)
    assert not seen.verified
    assert "127.0.0.1" in seen.verify_error


async def test_old_protocols_are_seen(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with serving(pem, ssl.TLSVersion.TLSv1) as port:
        seen = await RealHttp().tls("127.0.0.1", port, server_name="", ca=str(pem), timeout=5)
    assert seen.protocols == ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")


async def test_a_port_without_tls_is_an_os_error() -> None:
    with serving() as port, pytest.raises(OSError, match=r".+"):
        await RealHttp().tls("127.0.0.1", port, server_name="", ca="", timeout=2)


async def test_a_ca_file_that_cannot_be_read_is_named() -> None:
    answer = await RealHttp().get("https://127.0.0.1:1/", timeout=2, ca="/no/such/ca.pem")
    assert (answer.status, "/no/such/ca.pem" in answer.error) == (0, True)
