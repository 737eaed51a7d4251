"""The smallest stack that deploys: one service of one program, for an engine that holds nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.faults.ground import LAUNCHER, Fault, printed
from tests.faults.results import Row
from tests.faults.second_engine import SecondEngine
from tests.scenarios.harness import ALLOWED, COMMAND_SECONDS, NO_EDGE, Result, until

BASE = "faults/base:1"
COMPOSE = """\
name: {project}
services:
  web:
    build: .
    user: "10001:10001"
    init: true
    read_only: true
    restart: unless-stopped
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    stop_grace_period: 2s
    cpus: 0.5
    mem_limit: 64m
    pids_limit: 32
    logging: {{driver: json-file, options: {{max-size: 10m, max-file: "3"}}}}
    healthcheck:
      test: ["CMD", "test", "-e", "/tmp/fine"]
      interval: 1s
      start_period: 3s
    tmpfs: ["/tmp:size=1m,mode=1777"]
"""
DOCKERFILE = f"""\
FROM {BASE}
COPY web /usr/local/bin/web
ENTRYPOINT ["web"]
"""
GOOD = "#!/bin/sh\ntouch /tmp/fine\necho serving {0}\nexec sleep infinity\n"
BAD = "#!/bin/sh\necho {0} cannot start\nexec false\n"


class Tiny:
    """A checkout of that stack, deployed to a second engine."""

    def __init__(self, folder: Path, engine: SecondEngine, project: str, row: Row) -> None:
        self.folder, self.engine, self.project, self.row = folder, engine, project, row
        folder.mkdir()
        (folder / "compose.yaml").write_text(COMPOSE.format(project=project))
        (folder / "Dockerfile").write_text(DOCKERFILE)
        (folder / ".dockerignore").write_text("*\n!web\n")
        self.git("init", "--quiet")

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=scenario", "-c", "user.email=scenario@localhost")
        argv = ("git", *who, *words)
        return subprocess.run(argv, cwd=self.folder, capture_output=True, text=True, timeout=60, check=True).stdout

    def commit(self, program: str, mark: str, **files: str) -> None:
        """Commit a program that says its mark, and other files by name with "_" for "."."""
        web = self.folder / "web"
        web.write_text(program.format(mark))
        web.chmod(0o755)
        for name, text in files.items():
            (self.folder / name.replace("_", ".")).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", mark)

    def deploy(self, *words: str, faults: Sequence[Fault] = (), allowed: Sequence[str] = NO_EDGE) -> Result:
        """Deploy it; ``allowed`` are checks of a way in, which this stack has not."""
        allow = [word for name in allowed for word in ("--allow-unknown", name)]
        return self.flawless("deploy", "--soak", "1s", *words, *allow, faults=faults)

    def flawless(self, *words: str, faults: Sequence[Fault] = ()) -> Result:
        """Run flawless on the second engine."""
        report = self.folder / ".flawless" / "report.json"
        report.unlink(missing_ok=True)
        words_of_engine = {"DOCKER_HOST": self.engine.address, "FLAWLESS_FAULTS": json.dumps(faults), "NO_COLOR": "1"}
        done = subprocess.run(
            (sys.executable, LAUNCHER, *words, *ALLOWED), cwd=self.folder, env={**os.environ, **words_of_engine},
            capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip
        self.row.codes = (*self.row.codes, done.returncode)
        return Result(done, report)

    def run_printed(self, result: Result) -> None:
        """Run the command that flawless printed, as its reader would."""
        environment = {**os.environ, "DOCKER_HOST": self.engine.address}
        argv = ("sh", "-c", printed(result))
        subprocess.run(argv, cwd=self.folder, env=environment, check=True, timeout=COMMAND_SECONDS)

    def serves(self, mark: str) -> None:
        """Fail unless exactly one container runs, healthy, and it said this mark."""
        until(lambda: "(healthy)" in self._listed("{{.Status}}"), 30, "it is healthy")
        (container,) = self._listed("{{.ID}}").split()
        assert self.engine.docker("logs", container).splitlines()[-1] == f"serving {mark}"
        assert self.leases() == ""

    def leases(self) -> str:
        return self.engine.docker("ps", "--all", "--quiet", "--filter", f"name=flawless-lease-{self.project}$")

    def _listed(self, shown: str) -> str:
        label = f"label=com.docker.compose.project={self.project}"
        return self.engine.docker("ps", "--all", "--filter", label, "--format", shown)
