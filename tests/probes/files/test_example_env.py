"""Names of an example file that nothing provides."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.model.keys import EXAMPLE_ENV
from tests.probes.files._world import value

EXAMPLE = "# X=1\nGIVEN=1\nDEFAULTED=1\nFROM_DOTENV=1\nBY_FILE=1\nCOMPOSE_PROJECT_NAME=x\nARGUMENT=1\n\nMISSING=1\n"
COMPOSE = """\
services:
  app:
    image: x:${DEFAULTED:-1}
    build: {context: ., args: {ARGUMENT: 1}}
    environment: {GIVEN: 1, BY_FILE_FILE: /run/x}
"""


def test_only_what_nothing_provides_is_missing(tmp_path: Path) -> None:
    files = {"compose.yaml": COMPOSE, ".env": "FROM_DOTENV=2", ".env.example": EXAMPLE}
    found = value(EXAMPLE_ENV, files, tmp_path)
    assert [(each.name, str(each.origin)) for each in found] == [("MISSING", ".env.example:9")]


def test_the_environment_provides_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISSING", "1")
    files = {"compose.yaml": COMPOSE, ".env": "FROM_DOTENV=2", ".env.sample": EXAMPLE}
    assert value(EXAMPLE_ENV, files, tmp_path) == ()


def test_garbage_and_no_example_at_all_name_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_bytes(b"\xff\xfe\x00garbage\n=\n")
    assert value(EXAMPLE_ENV, {"compose.yaml": COMPOSE}, tmp_path) == ()
    (tmp_path / ".env.example").unlink()
    assert value(EXAMPLE_ENV, {"compose.yaml": COMPOSE}, tmp_path) == ()
