"""Every path that the stack needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.model.keys import INPUTS
from flawless.model.observed_files import InputPath
from tests.probes.files._world import repository, value

COMPOSE = """\
services:
  app:
    build:
      context: app
      args: {SRC: lib}
    env_file:
      - app.env
      - path: none.env
        required: false
    volumes:
      - ./conf:/etc/app:ro
      - ./gone.conf:/etc/gone
      - /var/run/docker.sock:/var/run/docker.sock
      - data:/data
    secrets: [key]
volumes: {data: {}}
secrets:
  key: {file: ./secrets/key}
"""
DOCKERFILE = """\
FROM x AS unused
COPY nothing /
FROM x AS deps
COPY requirements*.txt /
FROM x
ARG SRC=src
COPY --from=deps /a /b
COPY ["a b", "missing.txt", "/"]
COPY ${SRC} /lib
ADD https://example.test/x.tgz /
COPY *.none /
COPY <<EOF /etc/x
hello
EOF
"""
FILES = {
    "compose.yaml": COMPOSE,
    "app/Dockerfile": DOCKERFILE,
    "app/requirements.txt": "",
    "app/requirements-x.txt": "",
    "app/a b": "",
    "app/lib/x.py": "",
    "app.env": "A=1",
    "conf/app.conf": "",
    "secrets/key": "x",
    ".gitignore": "secrets/\napp/lib\n",
}


def by_path(inputs: tuple[InputPath, ...]) -> dict[str, InputPath]:
    return {each.path: each for each in inputs}


def test_all_inputs_are_found_with_kind_existence_and_line(tmp_path: Path) -> None:
    found = value(INPUTS, FILES, tmp_path)
    assert [(each.path, each.kind, each.exists, str(each.origin)) for each in found] == [
        ("app", "context", True, "compose.yaml:3"),
        ("app/Dockerfile", "dockerfile", True, "compose.yaml:3"),
        ("app/requirements-x.txt", "copy", True, "app/Dockerfile:4"),
        ("app/requirements.txt", "copy", True, "app/Dockerfile:4"),
        ("app/a b", "copy", True, "app/Dockerfile:8"),
        ("app/missing.txt", "copy", False, "app/Dockerfile:8"),
        ("app/lib", "copy", True, "app/Dockerfile:9"),
        ("app/*.none", "copy", False, "app/Dockerfile:11"),
        ("app.env", "env_file", True, "compose.yaml:6"),
        ("conf", "bind", True, "compose.yaml:11"),
        ("gone.conf", "bind", False, "compose.yaml:12"),
        ("secrets/key", "secret", True, "compose.yaml:18"),
    ]
    assert {each.tracked for each in found} == {None}


def test_git_says_what_it_tracks_and_ignores(tmp_path: Path) -> None:
    value(INPUTS, FILES, tmp_path)
    repository(tmp_path, "compose.yaml", "app/Dockerfile", "app/a b", "conf/app.conf", "app/requirements.txt")
    found = by_path(value(INPUTS, FILES, tmp_path))
    told = {path: (each.tracked, each.ignored) for path, each in found.items()}
    assert told["app"] == (True, False)
    assert told["app/a b"] == (True, False)
    assert told["conf"] == (True, False)
    assert told["app/requirements-x.txt"] == (False, False)
    assert told["app/lib"] == (False, True)
    assert told["secrets/key"] == (False, True)
    assert told["gone.conf"] == (False, False)


def test_a_stack_below_the_top_of_its_repository_is_asked_about_rightly(tmp_path: Path) -> None:
    root = tmp_path / "deploy"
    value(INPUTS, FILES, root)
    repository(tmp_path, "deploy/conf/app.conf")
    found = by_path(value(INPUTS, FILES, root))
    assert (found["conf"].tracked, found["app.env"].tracked) == (True, False)


@pytest.mark.parametrize("text", ["", "FROM x\nCOPY", "FROM x\nCOPY a[ /\nCOPY $X /y", "garbage"])
def test_a_broken_dockerfile_leaves_the_other_inputs(text: str, tmp_path: Path) -> None:
    found = value(INPUTS, {**FILES, "app/Dockerfile": text}, tmp_path)
    assert {"app", "app/Dockerfile", "app.env", "conf"} <= set(by_path(found))


@pytest.mark.parametrize(
    ("ignore", "hidden"),
    [
        ("", []),
        ("*\n!lib\n!a b\n!requirements*.txt\n", []),
        ("*\n!a b\n!requirements*.txt\n", ["app/lib"]),
        ("*\n!lib/*.py\n!a b\n!requirements*.txt\n", []),
        ("requirements-x.txt\n", []),
        ("requirements*\nlib\n", ["app/requirements-x.txt", "app/lib"]),
        ("[\n*\n", []),
    ],
)
def test_what_the_dockerignore_keeps_out_is_told(ignore: str, hidden: list[str], tmp_path: Path) -> None:
    found = value(INPUTS, {**FILES, "app/.dockerignore": ignore}, tmp_path)
    assert [each.path for each in found if each.hidden] == hidden


CARGO = '[lib]\npath = "src/there.rs"\n[[bin]]\nname = "app"\npath = "src/gone.rs"\n'


@pytest.mark.parametrize(
    ("run", "manifest", "programs"),
    [
        ("cargo build --release", CARGO, [("app/src/gone.rs", False, "app/Cargo.toml:5")]),
        ("cargo build --release", CARGO.replace("gone", "there"), []),
        ("cargo build --release", "[package]\nname = 'app'\n", []),
        ("cargo build --release", "bin = 1\nlib = []\n", []),
        ("cargo build --release", "not [ toml", []),
        ("make", CARGO, []),
    ],
)
def test_programs_that_cargo_is_told_of_by_path(
    run: str, manifest: str, programs: list[tuple[str, bool, str]], tmp_path: Path
) -> None:
    files = {**FILES, "app/Dockerfile": f"FROM rust\nRUN {run}\n", "app/src/there.rs": "", "app/Cargo.toml": manifest}
    found = value(INPUTS, files, tmp_path)
    told = [(each.path, each.exists, str(each.origin)) for each in found if each.kind == "program"]
    assert [each for each in told if not each[1]] == programs
