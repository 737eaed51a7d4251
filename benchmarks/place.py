"""Where it is measured: a checkout of the reference stack with a project of its own."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Command
from tests.scenarios.harness import ALLOWED, SERVICES, Site, docker

PROGRAMS = Path(sys.executable).parent
# Settings that leave out the rules which ask an external linter (hadolint, shellcheck, squawk).
NO_LINTERS = "".join(
    f"[checks.{name}]\nenabled = false\n" for name in ("dockerfile-lint", "shell-script-fragile", "migration-unsafe")
)
ADVISORY = {
    "id": "BENCH-1",
    "affected": [{"package": {"ecosystem": "PyPI", "name": "nobody-installs-this"}, "versions": ["1.0"]}],
}


class Place:
    """The checkout, and commands in it.

    ``minutes`` is how long a section shall put load on it, if anybody said; ``peers`` are folders with other programs;
    ``rollout`` is the script of docker-rollout, when somebody has it.
    """

    def __init__(
        self, folder: Path, minutes: float | None = None, peers: Sequence[Path] = (), rollout: Path | None = None
    ) -> None:
        self.folder = folder
        self.minutes = minutes
        self.peers = peers
        self.rollout = rollout and rollout.resolve()
        self.site = Site(folder / "checkout", f"bench{os.getpid()}")
        self.osv = _advisories(folder / "osv")
        environment = self.site.environment
        # As after an installation with pip: bytecode is there before the first run.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        # Image names of its own: nobody else's build changes them between two measurements.
        for service in SERVICES:
            environment[f"{service.upper()}_IMAGE"] = f"bench/{self.site.project}-{service}:local"

    def flawless(self, *args: str) -> Command:
        """flawless as installed, in the stack's folder."""
        return self._command(str(PROGRAMS / "flawless"), *args)

    def python(self, *args: str) -> Command:
        """The interpreter that flawless runs on."""
        return self._command(sys.executable, *args)

    def compose(self, *args: str) -> Command:
        """``docker compose`` in the stack's folder."""
        return self._command("docker", "compose", *args)

    def docker_rollout(self, service: str) -> Command:
        """docker-rollout of one service."""
        return self._command("sh", str(self.rollout), "rollout", service)

    def shell(self, line: str) -> Command:
        """A line for the shell in the stack's folder."""
        return self._command("bash", "-euc", line)

    def _command(self, *argv: str) -> Command:
        return Command(argv, self.site.stack, self.site.environment)

    def deploy(self) -> Command:
        """A deploy that waits for nothing once the release is verified."""
        return self.flawless("deploy", "--soak", "0s", "--osv-db", str(self.osv), *ALLOWED)

    def empty(self) -> None:
        """Take away what runs and its volumes; images stay, so that the next start finds them."""
        self.site.remove()

    def remove(self) -> None:
        """Take everything away. Images by name, not by id: others may share them."""
        self.site.remove()
        names = [f"{where}/{self.site.project}-*" for where in ("bench", "flawless")]
        filters = [word for name in names for word in ("--filter", f"reference={name}")]
        found = docker("images", "--format", "{{.Repository}}:{{.Tag}}", *filters).split()
        if found:
            docker("rmi", *found)


def _advisories(folder: Path) -> Path:
    """A database of one advisory, so that no wait for a network is in the figures."""
    for ecosystem in ("PyPI", "npm", "crates.io"):
        archive = folder / ecosystem / "all.zip"
        archive.parent.mkdir(parents=True)
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("BENCH-1.json", json.dumps(ADVISORY))
    return folder
