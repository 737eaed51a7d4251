"""A stack of many containers that do nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def crowd(folder: Path, number: int) -> Iterator[Path]:
    """The folder of a stack whose one service runs in so many containers; all of them are removed."""
    folder.mkdir()
    service = {"image": "debian:bookworm-slim", "command": ["sleep", "1800"], "network_mode": "none", "scale": number}
    model = {"name": f"flawless-bench-{number}", "services": {"web": service}}
    (folder / "compose.yaml").write_text(json.dumps(model))
    _compose(folder, "up", "--detach", "--pull", "never")
    try:
        yield folder
    finally:
        _compose(folder, "down", "--timeout", "0")


def alone(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which the project is the one that the compose file names."""
    return {name: value for name, value in environment.items() if name != "COMPOSE_PROJECT_NAME"}


def _compose(folder: Path, *words: str) -> None:
    argv = ("docker", "compose", "--project-directory", str(folder), *words)
    subprocess.run(argv, cwd=folder, capture_output=True, timeout=600, check=True)
