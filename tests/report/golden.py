"""Texts kept as files: a test compares, and ``UPDATE_GOLDEN=1 pytest tests/report`` writes them anew to be read."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def same_as_golden(name: str, text: str) -> bool:
    """Whether the text equals the file; prints the difference's place by being compared in the assert."""
    path = FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()
    return True
