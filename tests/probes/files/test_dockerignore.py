"""What gets into a build context."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.model.keys import DOCKERIGNORE
from tests.probes.files._world import APP, reason, repository, value

RISKY = {
    ".git/HEAD": "x",
    ".env": "x",
    ".env.production": "x",
    ".env.example": "x",
    "tls/server.key": "x",
    "secrets/a": "x",
    "secrets/b": "x",
    "src/main.py": "x",
    "node_modules/pkg/test.pem": "x",
}


@pytest.mark.parametrize(
    ("ignore", "leaks"),
    [
        (None, (".git", ".env", ".env.production", "secrets/", "tls/server.key")),
        ("", (".git", ".env", ".env.production", "secrets/", "tls/server.key")),
        (".git\n.env*\n**/*.key\nsecrets", ()),
        ("*\n!src", ()),
        ("*\n!src\n!.env", (".env",)),
        ("**\n!secrets/b", ("secrets/",)),
        (".git\n.env*\n*.key\nsecrets/\n", ("tls/server.key",)),
        ("# .env\n.git\nsecrets\ntls", (".env", ".env.production")),
    ],
)
def test_risky_paths_that_are_not_kept_out_are_named(
    ignore: str | None, leaks: tuple[str, ...], tmp_path: Path
) -> None:
    files = {"compose.yaml": "services:\n  app:\n    build: app\n", "app/Dockerfile": "FROM x"}
    files |= {f"app/{name}": text for name, text in RISKY.items()}
    files |= {} if ignore is None else {"app/.dockerignore": ignore}
    found = value(DOCKERIGNORE, files, tmp_path)
    assert (found.path, found.exists, found.leaks) == ("app/.dockerignore", ignore is not None, leaks)
    assert found.tracked is None


def test_the_dockerfile_s_own_ignore_file_wins(tmp_path: Path) -> None:
    files = {
        "compose.yaml": APP,
        "Dockerfile": "FROM x",
        ".env": "x",
        ".dockerignore": "",
        "Dockerfile.dockerignore": "*",
    }
    found = value(DOCKERIGNORE, files, tmp_path)
    assert (found.path, found.leaks) == ("Dockerfile.dockerignore", ())


@pytest.mark.parametrize("tracked", [True, False])
def test_git_is_asked_about_the_file(tracked: bool, tmp_path: Path) -> None:
    files = {"compose.yaml": APP, "Dockerfile": "FROM x", ".dockerignore": "*"}
    value(DOCKERIGNORE, files, tmp_path)
    repository(tmp_path, "compose.yaml", *([".dockerignore"] if tracked else []))
    assert value(DOCKERIGNORE, files, tmp_path).tracked is tracked


def test_a_pattern_that_is_none_and_a_folder_that_is_missing_are_unknown(tmp_path: Path) -> None:
    files = {"compose.yaml": APP, "Dockerfile": "FROM x", ".dockerignore": "a[b"}
    assert ".dockerignore cannot be read" in reason(DOCKERIGNORE, files, tmp_path)
    gone = {"compose.yaml": "services:\n  app:\n    build: gone\n"}
    assert "gone does not exist" in reason(DOCKERIGNORE, gone, tmp_path)
