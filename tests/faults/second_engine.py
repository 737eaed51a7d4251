"""An engine of a test's own, on a small file system: it may fill its disk and be stopped. Needs root, as dockerd does.

It has a network of its own as well (a namespace): a dockerd that starts beside another one would take its docker0 away.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from pathlib import Path

SECONDS = 60
_MEGABYTES = 4000  # sparse; under two gigabytes free no deploy begins
_SHUTDOWN = "--shutdown-timeout=5"
_APART = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


class SecondEngine:
    """dockerd with all that is its own under one folder. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._disk = folder / "disk"
        self.address = f"unix://{folder / 'docker.sock'}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> SecondEngine:
        image = self._folder / "disk.ext4"
        self._disk.mkdir()
        _run("truncate", "--size", f"{_MEGABYTES}M", str(image))
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(image))
        _run("mount", "-o", "loop", str(image), str(self._disk))
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(AssertionError, subprocess.SubprocessError):
            self.stop()
        _run("umount", "--lazy", str(self._disk))

    def start(self) -> None:
        """Start it and wait until it answers."""
        words = (*_APART, "dockerd", "--host", self.address, "--data-root", str(self._disk / "docker"))
        places = ("--exec-root", str(self._folder / "exec"), "--pidfile", str(self._folder / "docker.pid"), _SHUTDOWN)
        with (self._folder / "dockerd.log").open("ab") as log:
            self._process = subprocess.Popen((*words, *places), stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + SECONDS
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "dockerd.log").read_text()[-2000:]
            assert time.monotonic() < end, "the second engine does not answer"
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it as an upgrade would; its containers end with it."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=SECONDS)

    def docker(self, *words: str, given: bytes | None = None) -> str:
        """What the docker client prints when it asks this engine."""
        argv = ("docker", "--host", self.address, *words)
        done = subprocess.run(argv, input=given, capture_output=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def takes(self, *images: str) -> None:
        """Bring images over from the machine's engine."""
        saved = subprocess.run(("docker", "save", *images), capture_output=True, timeout=120, check=True)
        self.docker("load", "--quiet", given=saved.stdout)

    def inside(self, *argv: str) -> tuple[str, ...]:
        """A command as it has to be given to run in this engine's network."""
        assert self._process is not None
        return ("nsenter", f"--net=/proc/{self._process.pid}/ns/net", *argv)

    def fills_up(self) -> list[str]:
        """The command that leaves no room on its disk."""
        free = f"$(df --output=avail --block-size=1 '{self._disk}' | tail -1)"
        return ["sh", "-c", f"fallocate --length {free} '{self._disk}/filler' || true"]

    def has_room_again(self) -> None:
        """Take away what filled the disk."""
        (self._disk / "filler").unlink(missing_ok=True)

    def _answers(self) -> bool:
        argv = ("docker", "--host", self.address, "version")
        return subprocess.run(argv, capture_output=True, timeout=15, check=False).returncode == 0


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True, timeout=SECONDS)
