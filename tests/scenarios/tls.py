"""The engine's socket behind TLS that asks for a certificate, as a remote engine is reached over tcp."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from pathlib import Path

SOCKET = "/var/run/docker.sock"
_BLOCK = 65_536


class Gate:
    """Listens on the loopback address; who has no certificate of its authority is not let in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _certificates(folder)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
        context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        """What leads docker and flawless here."""
        return {
            "DOCKER_HOST": f"tcp://127.0.0.1:{self.port}",
            "DOCKER_TLS_VERIFY": "1",
            "DOCKER_CERT_PATH": str(self.folder),
        }

    def stop(self) -> None:
        """Let nobody in any more."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), self._context.wrap_socket(client, server_side=True) as inside:
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(SOCKET)
            with engine:
                threading.Thread(target=_pump, args=(engine, inside), daemon=True).start()
                _pump(inside, engine)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(_BLOCK):
            sink.sendall(block)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _certificates(folder: Path) -> None:
    """An authority and two certificates of it, under docker's names."""
    _openssl(
        folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority",
        "-keyout", "ca-key.pem", "-out", "ca.pem",
    )  # fmt: skip
    for name, key in (("server.pem", "server-key.pem"), ("cert.pem", "key.pem")):
        _openssl(
            folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", "asked"
        )
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
        _openssl(
            folder, "x509", "-req", "-in", "asked", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial",
            "-days", "2", "-extfile", "names", "-out", name,
        )  # fmt: skip


def _openssl(folder: Path, *args: str) -> None:
    subprocess.run(("openssl", *args), cwd=folder, check=True, capture_output=True, timeout=60)
