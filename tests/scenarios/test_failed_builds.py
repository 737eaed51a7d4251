"""A build that fails leaves nothing on the engine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.harness import FLAWLESS, docker

pytestmark = pytest.mark.engine

MARK = f"flawless-left-{os.getpid()}"
FILES = {
    "compose.yaml": f"name: flleft{os.getpid()}\nservices:\n  app:\n    build: .\n",
    "Dockerfile": f"FROM debian:bookworm-slim\nRUN echo {MARK}\nRUN echo {MARK} && exit 3\n",
}


def left() -> list[str]:
    """The containers of the builds' own steps."""
    listed = docker("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Command}}").splitlines()
    return [line.split()[0] for line in listed if MARK in line]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    yield tmp_path
    if found := left():
        docker("rm", "--force", *found)


def test_the_container_of_a_failed_step_is_removed(project: Path) -> None:
    raw = subprocess.run(("docker", "build", str(project)), capture_output=True, timeout=120, check=False)
    assert raw.returncode != 0
    if before := left():  # BuildKit leaves none
        assert len(before) == 1
    done = subprocess.run((*FLAWLESS, "check", "--build", str(project)), capture_output=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr.decode()
    assert left() == before, "what somebody else's build left stays, our own is gone"
