"""Compilers and package managers: ruff and mypy for real, the others by what they print."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import structs

from flawless.app.gather import gather
from flawless.model.facts import STACK, FactKey, Known
from flawless.model.keys import COMPILERS, FRESHNESS
from flawless.model.observed_files import Freshness, LintRun
from flawless.model.settings import Settings
from flawless.ports.bundle import Target
from flawless.testing.fakes import RecordedShell
from flawless.testing.from_files import file_ports, stack_from
from tests.probes.files._world import APP

Answers = Mapping[str, tuple[int, str, str]]
WORLD = {"compose.yaml": APP, "Dockerfile": "FROM x"}
RUSTC = {
    "reason": "compiler-message",
    "message": {
        "level": "warning", "message": "unused variable: `x`", "code": {"code": "unused_variables"},
        "spans": [{"file_name": "src/main.rs", "line_start": 2}],
    },
}  # fmt: skip
SUM = {"reason": "compiler-message", "message": {"level": "warning", "message": "1 warning emitted", "spans": []}}


def value(root: Path, key: FactKey[Any], files: Mapping[str, str], answers: Answers | None = None) -> Any:
    ports = file_ports()
    stack = stack_from({**WORLD, **files}, root)
    if answers is not None:
        ports = structs.replace(ports, shell=RecordedShell(answers))
    found = asyncio.run(gather(Target(stack, Settings(), ports), [key])).of(key)[STACK]
    assert isinstance(found, Known), found
    return found.value


def compilers(root: Path, files: Mapping[str, str], answers: Answers | None = None) -> list[LintRun]:
    return list(value(root, COMPILERS, files, answers))


def freshness(root: Path, files: Mapping[str, str], answers: Answers) -> Freshness:
    (found,) = value(root, FRESHNESS, files, answers)
    assert isinstance(found, Freshness)
    return found


def test_ruff_and_mypy_are_asked_where_the_project_configures_them(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "[tool.ruff]\n[tool.mypy]\nstrict = true\n",
        "app.py": "import os\n\n\ndef f(x): return x\n",
    }
    ruff, mypy = compilers(tmp_path, files)
    assert [(hit.code, str(hit.origin)) for hit in ruff.hits] == [("F401", "app.py:1")]
    assert [(hit.code, str(hit.origin)) for hit in mypy.hits] == [("no-untyped-def", "app.py:4")]
    assert not list(tmp_path.glob(".*_cache")), "nothing is written into the checkout"


def test_clean_code_has_no_warning(tmp_path: Path) -> None:
    files = {"ruff.toml": "", "mypy.ini": "[mypy]\nstrict = True\n", "app.py": "X: int = 1\n"}
    assert [(run.hits, run.absent) for run in compilers(tmp_path, files)] == [((), ""), ((), "")]


def test_a_project_without_a_configured_tool_is_asked_nothing(tmp_path: Path) -> None:
    assert compilers(tmp_path, {"pyproject.toml": "[project]\nname = 'x'\n", "app.py": "import os\n"}) == []


def test_what_rustc_says_keeps_its_code_and_place_and_its_sums_are_left_out(tmp_path: Path) -> None:
    said = "\n".join(json.dumps(each) for each in (RUSTC, SUM, {"reason": "build-finished"}))
    (run,) = compilers(tmp_path, {"Cargo.toml": "[package]\n"}, {"cargo check": (0, said, "")})
    assert [(hit.code, str(hit.origin), hit.message) for hit in run.hits] == [
        ("unused_variables", "src/main.rs:2", "unused variable: `x`")
    ]


def test_what_tsc_says_keeps_its_code_and_place(tmp_path: Path) -> None:
    said = "src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.\n"
    (run,) = compilers(tmp_path, {"tsconfig.json": "{}"}, {"--noEmit": (2, said, "")})
    assert [(hit.code, hit.level, str(hit.origin)) for hit in run.hits] == [("TS2322", "error", "src/a.ts:3")]


def test_a_tool_that_is_not_there_or_fails_is_not_clean(tmp_path: Path) -> None:
    (absent,) = compilers(tmp_path / "1", {"Cargo.toml": "[package]\n"}, {})
    assert "cargo is not installed here" in absent.absent
    (failed,) = compilers(tmp_path / "2", {"Cargo.toml": "[package]\n"}, {"cargo check": (101, "", "error: no lock\n")})
    assert failed.absent == "error: no lock"
    (garbage,) = compilers(tmp_path / "3", {"Cargo.toml": "[package]\n"}, {"cargo check": (0, "{nonsense\n", "")})
    assert "cannot be read" in garbage.absent


CARGO = {
    "Cargo.toml": "[package]\nname = 'app'\nversion = '0.1.0'\n[dependencies]\nserde = '1'\n",
    "Cargo.lock": '[[package]]\nname = "serde"\nversion = "1.0.1"\nsource = "registry"\n',
}


def test_cargo_tells_what_it_would_update(tmp_path: Path) -> None:
    said = {"cargo update": (0, "", "    Updating index\n    Updating serde v1.0.1 -> v1.0.9\n")}
    found = freshness(tmp_path, CARGO, said)
    assert [(each.name, each.version, each.newest) for each in found.outdated] == [("serde", "1.0.1", "1.0.9")]


def test_nothing_to_update_is_fresh_and_a_failure_is_unseen(tmp_path: Path) -> None:
    fresh = freshness(tmp_path / "1", CARGO, {"cargo update": (0, "", "")})
    assert (fresh.outdated, fresh.unseen, fresh.asked) == ((), "", 1)
    offline = freshness(tmp_path / "2", CARGO, {"cargo update": (101, "", "error: no network\n")})
    assert offline.unseen == "cargo could not tell: error: no network"
    assert freshness(tmp_path / "3", CARGO, {}).unseen == "cargo is not installed here"


NODE = {
    "package.json": '{"dependencies": {"left-pad": "^1.0.0", "right-pad": "^1.0.0"}}',
    "package-lock.json": json.dumps(
        {
            "lockfileVersion": 3,
            "packages": {
                "node_modules/left-pad": {"version": "1.0.0"},
                "node_modules/right-pad": {"version": "1.0.0"},
            },
        }
    ),
}


def test_npm_lists_only_what_is_behind(tmp_path: Path) -> None:
    said = json.dumps({"left-pad": {"wanted": "1.3.0", "latest": "2.0.0"}})
    found = freshness(tmp_path, NODE, {"npm outdated": (1, said, "")})
    assert found.asked == 2
    assert [(each.name, each.newest) for each in found.outdated] == [("left-pad", "1.3.0")]


def test_npm_without_a_network_is_unseen(tmp_path: Path) -> None:
    said = json.dumps({"error": {"code": "ENOTFOUND", "summary": "request failed"}})
    assert freshness(tmp_path, NODE, {"npm outdated": (1, said, "")}).unseen == "npm could not tell: request failed"


PYTHON = {"requirements.in": "requests\n", "requirements.lock": "requests==2.31.0 --hash=sha256:aa\n"}


def test_a_manifest_without_a_lock_is_unseen(tmp_path: Path) -> None:
    assert "no lock" in freshness(tmp_path, {"requirements.in": "requests\n"}, {}).unseen
