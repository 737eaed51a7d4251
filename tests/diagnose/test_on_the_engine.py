"""Causes made on a real engine, and named by the real command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.harness import docker, until

PROJECT = "flawless-diagnosed"
IMAGE = "debian:bookworm-slim"
SERVICES: dict[str, dict[str, Any]] = {
    "missing": {"command": ["serve-it"]},
    "readonly": {"command": ["touch", "/x"], "read_only": True},
    "hungry": {"command": ["tail", "/dev/zero"], "mem_limit": "16m", "memswap_limit": "16m"},
    "well": {"command": ["sleep", "600"], "init": True},
}

pytestmark = pytest.mark.engine


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The started stack's folder; its containers are removed afterwards."""
    file = tmp_path / "compose.yaml"
    services = {name: {"image": IMAGE, "pull_policy": "never", **each} for name, each in SERVICES.items()}
    file.write_text(json.dumps({"name": PROJECT, "services": services}))
    compose = ("docker", "compose", "-f", str(file))
    for name in SERVICES:
        subprocess.run((*compose, "up", "-d", name), capture_output=True, timeout=60, check=name == "well")
    yield tmp_path
    subprocess.run((*compose, "down", "-t", "0"), capture_output=True, timeout=60, check=True)


def diagnosed(folder: Path, *service: str) -> dict[str, Any]:
    """What the command prints as JSON."""
    argv = (sys.executable, "-m", "flawless", "diagnose", *service, "-C", str(folder), "--format", "json")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == found["exit_code"]
    return found


def ended() -> bool:
    """Whether both that start have ended."""
    names = [f"{PROJECT}-{name}-1" for name in ("readonly", "hungry")]
    return docker("inspect", "--format", "{{.State.Status}}", *names).split() == ["exited", "exited"]


def test_causes_that_the_engine_shows_are_named_and_a_healthy_service_is_left_alone(folder: Path) -> None:
    until(ended, 20, "two services end")
    found = diagnosed(folder)
    assert {(each["service"], each["cause"]) for each in found["causes"]} == {
        ("missing", "missing-binary"),
        ("readonly", "read-only-filesystem"),
        ("hungry", "memory-limit"),
    }
    assert diagnosed(folder, "well")["causes"] == []
