"""A stack of three small containers: what brings a deploy back or keeps others out is seen in seconds."""

from __future__ import annotations

import json
import os
import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from flawless.judging.catalogue import catalogue
from tests.scenarios.harness import Site, free_port

HERE = Path(__file__).resolve().parent / "small"
# These scenarios ask how a switch ends; what a check cannot tell on a busy machine is no matter here.
ALLOWED = tuple(word for check in catalogue() for word in ("--allow-unknown", check))


class Small(Site):
    """One checkout of the small stack with its own project name and port."""

    soak = "1s"
    allowed = ALLOWED

    def __init__(self, folder: Path, project: str) -> None:
        self.folder = folder
        self.stack = folder / "stack"
        self.project = project
        self.http = free_port()
        self.environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": project,
            "HTTP_PORT": str(self.http),
            "NO_COLOR": "1",
        }
        shutil.copytree(HERE, self.stack)
        self.git("init", "--quiet")
        self.commit("first")

    def get(
        self, path: str, *, body: dict[str, Any] | None = None, token: str = "", seconds: float = 20
    ) -> tuple[int, Any]:
        """Ask the site: status and decoded JSON."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=seconds) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, None

    def exactly_one_each(self) -> None:
        """Fail unless each service has one healthy container and nothing else is left."""
        found = self.containers()
        assert set(found) == {"edge", "web", "store"}, found
        for states in found.values():
            assert len(states) == 1, found
            assert "(healthy)" in states[0], found
