"""Stacks that are mended in tests: the real command's use-case over files in a folder."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flawless.app.fix import Mended, find_fixes, write
from flawless.app.session import Asked
from flawless.compose.command import binary
from flawless.testing.from_files import file_ports, write_files


def fixes_of(root: Path, *only: str) -> Mended:
    """What ``flawless fix`` would change."""
    return asyncio.run(find_fixes(root, file_ports(), Asked(only=only), lambda _: None))


def mended(root: Path, files: Mapping[str, str], *only: str) -> Mended:
    """Write the files, make the changes, and answer with them."""
    write_files(root, files)
    done = fixes_of(root, *only)
    write(done, file_ports())
    return done


def resolved(root: Path) -> dict[str, Any]:
    """What Compose itself makes of the folder."""
    argv = [binary(), "--project-directory", str(root), "config", "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=root, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    model = json.loads(done.stdout)
    assert isinstance(model, dict)
    return model
