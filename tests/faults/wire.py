"""A wire between tool and engine that can be cut, hang, or be slow: what a lost SSH session or a slow disk is."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path

ENGINE = "/var/run/docker.sock"
_BLOCK = 65_536
_CREATES = b"/containers/create"
_SLOW_SECONDS = 8.0


class Wire:
    """Hands every connection through to the engine. ``mode`` is a file: "cut", "hang" or "slow"; none for a good wire.

    A file, so that the tool under test can change it from within, at a point that the test names.
    """

    def __init__(self, folder: Path) -> None:
        self.mode = folder / "mode"
        self.address = f"unix://{folder / 'wire.sock'}"
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(folder / "wire.sock"))
        self._open: list[socket.socket] = []

    def __enter__(self) -> Wire:
        self._server.listen(100)
        for work in (self._accept, self._watch):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._drop()

    def becomes(self, mode: str) -> list[str]:
        """The command that changes the wire."""
        return ["sh", "-c", f"printf {mode} >'{self.mode}'"]

    def is_mended(self) -> None:
        """The wire is good again; what hung is dropped."""
        self.mode.unlink(missing_ok=True)
        self._drop()

    def _is(self, mode: str) -> bool:
        try:
            return self.mode.read_text() == mode
        except OSError:
            return False

    def _drop(self) -> None:
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _watch(self) -> None:
        while self._server.fileno() >= 0:
            if self._is("cut"):
                self._drop()
            time.sleep(0.02)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                if self._is("cut"):
                    near.close()
                    continue
                far = socket.socket(socket.AF_UNIX)
                far.connect(ENGINE)
                self._open += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._hand_over, args=(source, target), daemon=True).start()

    def _hand_over(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(_BLOCK):
                while self._is("hang"):
                    time.sleep(0.05)
                if _CREATES in block and self._is("slow"):
                    time.sleep(_SLOW_SECONDS)
                target.sendall(block)
            target.shutdown(socket.SHUT_WR)
