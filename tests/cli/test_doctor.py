"""``flawless doctor`` as it is called, where no engine answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def doctor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command, with an engine that is not there."""
    environment = {**os.environ, "DOCKER_HOST": f"unix://{folder}/none.sock", "NO_COLOR": "1"}
    argv = (sys.executable, "-m", "flawless", "doctor", str(folder), *words)
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_dead_engine_is_told_with_what_to_do(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("✘ engine")
    assert "do: start Docker" in done.stdout


def test_the_same_as_json(tmp_path: Path) -> None:
    found: dict[str, Any] = json.loads(doctor(tmp_path, "--format", "json").stdout)
    assert (found["schema"], found["exit_code"]) == ("flawless/doctor/1", 1)
    stands = {need["name"]: need["health"] for need in found["needs"]}
    assert (stands["engine"], stands["folder"], stands["disk"]) == ("bad", "ok", "unknown")
