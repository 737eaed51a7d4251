"""What the images' own files say of variables: which files count, and for whom."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from flawless.model.keys import INIT_SCRIPTS, SOURCES
from flawless.model.observed_files import Source
from tests.probes.files._world import APP, value

DOCKERFILE = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "main.py"]\n'
NEEDS = 'import os\nX = os.environ["X"]\n'


def source(files: Mapping[str, str], root: Path) -> Source:
    """The only image's source."""
    (found,) = value(SOURCES, {"compose.yaml": APP, "Dockerfile": DOCKERFILE, **files}, root)
    return found


def names(found: Source) -> dict[str, bool]:
    """Each name that is read, and whether the program stops without it."""
    return {each.name: each.required for each in found.reads}


def test_source_is_read_with_file_and_line(tmp_path: Path) -> None:
    found = source({"main.py": NEEDS}, tmp_path)
    assert (found.services, found.base, found.languages) == (("app",), "python:3.12-slim", ("python",))
    assert [(each.name, str(each.origin), each.required) for each in found.reads] == [("X", "main.py:2", True)]


@pytest.mark.parametrize(
    "path",
    ["tests/conftest.py", "app/test_main.py", "node_modules/x/x.py", ".venv/x.py", "docs/conf.py", "examples/x.py"],
)
def test_tests_examples_and_other_peoples_source_do_not_count(path: str, tmp_path: Path) -> None:
    assert source({"main.py": "", path: NEEDS}, tmp_path).reads == ()


@pytest.mark.parametrize("path", ["scripts/seed.py", "tools/x.py", "gunicorn.config.py"])
def test_tools_read_and_demand_nothing(path: str, tmp_path: Path) -> None:
    assert names(source({"main.py": "", path: NEEDS}, tmp_path)) == {"X": False}


def test_only_what_the_build_takes_counts(tmp_path: Path) -> None:
    dockerfile = "FROM python:3.12\nCOPY app app\n"
    files = {"Dockerfile": dockerfile, "app/main.py": NEEDS, "other/main.py": 'import os\nos.environ["Y"]\n'}
    assert names(source(files, tmp_path)) == {"X": True}
    ignored = {".dockerignore": "secret.py\n", "secret.py": NEEDS, "main.py": ""}
    assert source(ignored, tmp_path / "b").reads == ()


def test_a_stage_that_is_not_shipped_takes_nothing(tmp_path: Path) -> None:
    dockerfile = "FROM python:3.12 AS lint\nCOPY lint lint\nFROM python:3.12 AS base\nCOPY app app\nFROM base\n"
    files = {"Dockerfile": dockerfile, "lint/main.py": 'import os\nos.environ["Y"]\n', "app/main.py": NEEDS}
    assert names(source(files, tmp_path)) == {"X": True}


def test_a_bind_mount_of_a_step_takes_its_source(tmp_path: Path) -> None:
    dockerfile = (
        "FROM rust:1 AS b\nRUN --mount=type=bind,source=src,target=src cargo build\nFROM scratch\nCOPY --from=b /x /x\n"
    )
    rust = {"Dockerfile": dockerfile, "src/main.rs": 'fn main() { std::env::var("X").unwrap(); }'}
    assert names(source(rust, tmp_path)) == {"X": True}


def test_a_default_somewhere_is_a_default(tmp_path: Path) -> None:
    files = {"main.py": NEEDS, "dev.py": 'import os\nos.environ.get("X", "x")\n'}
    (read,) = source(files, tmp_path).reads
    assert (read.required, read.default) == (False, True)


def test_of_programs_side_by_side_the_one_with_the_dockerfile_demands(tmp_path: Path) -> None:
    compose = "services:\n  app:\n    build: {context: ., dockerfile: api/Dockerfile}\n"
    files = {
        "compose.yaml": compose,
        "api/Dockerfile": "FROM node:22\nCOPY . .\nCMD node api/main.js\n",
        "api/package.json": "{}",
        "api/main.js": "if (!process.env.X) throw 1;",
        "web/package.json": "{}",
        "web/main.js": "if (!process.env.Y) throw 1;",
    }
    assert names(source(files, tmp_path)) == {"X": True, "Y": False}


def test_a_program_of_another_language_is_not_read(tmp_path: Path) -> None:
    files = {"main.py": NEEDS, "web/main.js": "if (!process.env.Y) throw 1;"}
    assert names(source(files, tmp_path)) == {"X": True}


def test_a_script_counts_when_it_is_started(tmp_path: Path) -> None:
    script = '#!/bin/sh\n: "${X:?}"\nexec "$@"\n'
    started = {"Dockerfile": 'FROM alpine\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n', "run.sh": script}
    assert names(source(started, tmp_path)) == {"X": True}
    other = {"Dockerfile": 'FROM alpine\nCOPY run.sh /\nENTRYPOINT ["/other.sh"]\n', "run.sh": script}
    assert source(other, tmp_path / "b").reads == ()


def test_services_of_one_image_are_one_entry(tmp_path: Path) -> None:
    compose = "services:\n  app: {build: ., image: 'shop:1'}\n  job: {image: 'shop:1'}\n  db: {image: 'postgres:16'}\n"
    assert source({"compose.yaml": compose, "main.py": NEEDS}, tmp_path).services == ("app", "job")
    twice = "services:\n  app: {build: .}\n  worker: {build: .}\n"
    assert source({"compose.yaml": twice, "main.py": NEEDS}, tmp_path / "b").services == ("app", "worker")


def test_a_name_that_stands_anywhere_is_mentioned(tmp_path: Path) -> None:
    environment = "    environment: {IN_YAML: a, IN_NOTHING: b, IN_COMMAND: c, AS_FILE_FILE: /x, IN_README: d}\n"
    command = "    command: ['sh', '-c', 'exec app $$IN_COMMAND']\n"
    files = {
        "compose.yaml": APP + environment + command,
        "main.py": "",
        "config.yaml": "a: ${IN_YAML}\nb: ${AS_FILE}\n",
        "README.md": "IN_README",
        ".env.example": "IN_NOTHING=",
    }
    assert sorted(source(files, tmp_path).mentioned) == ["AS_FILE", "IN_COMMAND", "IN_YAML"]


def test_what_the_image_sets_and_what_the_build_has(tmp_path: Path) -> None:
    dockerfile = (
        "FROM node:22 AS b\nARG A\nARG B=1\nARG C\nENV D=$A E=$C\nRUN F=1 npm run build\n"
        "FROM node:22\nENV G=2\nCOPY --from=b /dist /dist\n"
    )
    compose = "services:\n  app:\n    build: {context: ., args: {A: x}}\n"
    found = source({"compose.yaml": compose, "Dockerfile": dockerfile}, tmp_path)
    assert found.bundled and found.shipped == ("G",)
    assert {"A", "B", "D", "F"} <= set(found.at_build) and not {"C", "E"} & set(found.at_build)


@pytest.mark.parametrize(
    ("files", "data"),
    [
        ({}, ""),
        ({".sqlx/query-1.json": "{}"}, ".sqlx/query-1.json"),
        ({".sqlx/query-1.json": "{}", ".dockerignore": ".sqlx\n"}, ""),
        ({"sqlx-data.json": "{}"}, "sqlx-data.json"),
        ({"Dockerfile": "FROM rust:1\nCOPY . .\nRUN DATABASE_URL=postgres://x cargo build\n"}, "DATABASE_URL"),
    ],
)
def test_what_checks_queries_in_the_build(files: dict[str, str], data: str, tmp_path: Path) -> None:
    project = {
        "Dockerfile": "FROM rust:1\nCOPY . .\nRUN cargo build\n",
        "Cargo.toml": '[dependencies]\nsqlx = "0.8"\n',
        "src/main.rs": 'fn f() { sqlx::query!("select 1"); }',
    }
    found = source({**project, **files}, tmp_path)
    assert [str(each) for each in found.queries] == ["src/main.rs:1"]
    assert found.query_data == data


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(APP)
    (found,) = value(SOURCES, {"compose.yaml": APP}, tmp_path)
    assert "cannot read Dockerfile" in found.unread


def test_a_file_that_is_no_text_or_no_file_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00os.environ")
    (tmp_path / "latin.py").write_bytes(b'# \xe9\nimport os\nos.environ["X"]\n')
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    assert names(source({"main.py": ""}, tmp_path)) == {"X": True}


@pytest.mark.parametrize(
    ("script", "found", "opaque"),
    [
        ("create role shop login;", ("shop",), False),
        ('CREATE DATABASE shop; CREATE USER "other";', ("other", "shop"), False),
        ("create role shopkeeper;", (), False),
        ('psql -c "create user $APP_USER"', (), True),
        ("create role :name login;", (), True),
        ("select 1;", (), False),
    ],
)
def test_init_scripts_name_users_and_databases(
    script: str, found: tuple[str, ...], opaque: bool, tmp_path: Path
) -> None:
    compose = (
        "services:\n  app:\n    image: x\n    environment: {DATABASE_URL: 'postgresql://shop@db/other'}\n"
        "  db:\n    image: postgres:16\n    volumes: ['./init:/docker-entrypoint-initdb.d:ro']\n"
    )
    scripts = value(INIT_SCRIPTS, {"compose.yaml": compose, "init/1.sql": script}, tmp_path)
    assert (scripts.names, scripts.opaque, scripts.files) == (found, opaque, ("init/1.sql",))


def test_sql_of_a_build_counts_when_it_makes_roles(tmp_path: Path) -> None:
    environment = "    environment: {DATABASE_URL: 'postgresql://shop@db/other'}\n"
    files = {
        "compose.yaml": APP + environment,
        "Dockerfile": "FROM x\n",
        "sql/1.sql": "create role shop;",
        "sql/2.sql": "select other",
    }
    assert value(INIT_SCRIPTS, files, tmp_path).names == ("shop",)


def test_thousands_of_files_end_in_time_and_say_so(tmp_path: Path) -> None:
    for number in range(4_000):
        (tmp_path / f"m{number}.py").write_text(NEEDS)
    began = time.process_time()
    found = source({"main.py": ""}, tmp_path)
    assert "more source than is read" in found.unread or "takes longer" in found.unread
    assert names(found) == {"X": True}
    assert time.process_time() - began < 15
