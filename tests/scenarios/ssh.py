"""An ssh server of the tests' own on the loopback address, and the client's way to it. Keys are made anew each time."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
from pathlib import Path

from tests.scenarios.harness import free_port, until

SSHD = "/usr/sbin/sshd"


class Server:
    """A running sshd; ``environment`` leads docker, Compose and flawless through it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "log"
        for name in ("host", "user"):
            self._run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {folder}/user.pub\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n"
        )
        host = (folder / "host.pub").read_text()
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host}")
        (folder / "ssh_config").write_text(
            f"Host *\n  IdentityFile {folder}/user\n  IdentitiesOnly yes\n  UserKnownHostsFile {folder}/known_hosts\n"
        )
        program = folder / "bin" / "ssh"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {folder}/ssh_config "$@"\n')
        program.chmod(0o755)
        Path("/run/sshd").mkdir(exist_ok=True)
        self._process = subprocess.Popen((SSHD, "-D", "-f", str(folder / "sshd_config"), "-E", str(self.log)))
        until(self._answers, 10, "sshd answers")

    @staticmethod
    def _run(*argv: str) -> None:
        subprocess.run(argv, check=True, timeout=30)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def url(self) -> str:
        """The engine's address by way of this server."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What finds the client, and the engine."""
        return {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "DOCKER_HOST": self.url}

    def logins(self) -> int:
        """How often somebody came in."""
        return self.log.read_text().count("Accepted publickey")

    def clients(self) -> list[str]:
        """The ssh clients of ours that run."""
        mine = str(self.folder / "ssh_config")
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if mine in words:
                found.append(" ".join(words))
        return found

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(timeout=10)
