"""What git tracks, asked once for all probes of a look, and further for what lies outside of the stack's folder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import structs

from flawless.app.gather import gather
from flawless.model.facts import Known
from flawless.model.keys import DOCKERIGNORE, GIT, INPUTS, MANIFESTS, PROGRAMS
from flawless.model.settings import Settings
from flawless.ports.bundle import Target
from flawless.ports.shell import CommandResult, RealShell
from flawless.testing.from_files import file_ports, stack_from
from tests.probes.files._world import repository

FILES = {
    "compose.yaml": "services:\n  app: {build: .}\n  api: {build: ../api}\n",
    "Dockerfile": 'FROM x\nCOPY requirements.txt start.sh /\nCMD ["/start.sh"]\n',
    ".dockerignore": ".git\n",
    "requirements.txt": "flask==3.0.0\n",
    "start.sh": "#!/bin/sh\nexec app\n",
    "../api/Dockerfile": "FROM x\nCOPY new.py /\n",
    "../api/new.py": "1\n",
}


class Counting(RealShell):
    """The real shell, which keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def run(self, argv: Sequence[str], **more: Any) -> CommandResult:
        self.asked.append(" ".join(argv))
        return await super().run(argv, **more)


def test_the_stack_is_listed_once_and_only_what_lies_elsewhere_is_asked_for_besides(tmp_path: Path) -> None:
    root = tmp_path / "top" / "stack"
    stack = stack_from(FILES, root)
    repository(tmp_path / "top", "stack", "api/Dockerfile")
    shell = Counting()
    target = Target(stack, Settings(), structs.replace(file_ports(), shell=shell))
    facts = asyncio.run(gather(target, [GIT, INPUTS, MANIFESTS, DOCKERIGNORE, PROGRAMS]))
    listings = [line.partition(" -- ")[2] for line in shell.asked if "ls-files" in line]
    assert [line for line in listings if "../" not in line and "/api" not in line] == ["."]
    readings = [facts.get(INPUTS, f"service:{name}") for name in ("app", "api")]
    told = {each.path: each.tracked for found in readings if isinstance(found, Known) for each in found.value}
    assert told == {
        ".": True,
        "Dockerfile": True,
        "requirements.txt": True,
        "start.sh": True,
        "../api": True,
        "../api/Dockerfile": True,
        "../api/new.py": False,
    }
