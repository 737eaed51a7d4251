"""Secrets in earlier commits, in real repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from flawless.model.keys import HISTORY
from flawless.model.observed_files import History
from tests.probes.files._world import repository, value

COMPOSE = {"compose.yaml": "services:\n  app: {image: x}\n"}
AS = ("-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "commit.gpgsign=false")


def commit(root: Path, files: dict[str, str | None]) -> None:
    """A commit that writes files, or takes away those that are None."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink() if text is None else path.write_text(text)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    subprocess.run(["git", *AS, "commit", "-q", "-m", "more"], cwd=root, check=True)


def history(root: Path) -> History:
    return value(HISTORY, COMPOSE, root)


def seen(found: History) -> set[tuple[str, int, str]]:
    return {(each.path, each.line, each.kind) for each in found.secrets}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "top" / "stack"
    value(HISTORY, COMPOSE, folder)
    repository(tmp_path / "top", "stack")
    return folder


def test_what_was_taken_out_again_is_still_found_with_the_commit_that_brought_it(root: Path) -> None:
    commit(root, {".env": "A=1\nDB_PASSWORD=CANARY-1\n", "tls/a.key": "-----BEGIN PRIVATE KEY-----\n"})
    brought = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True, text=True).stdout
    commit(root, {"secrets/token": "CANARY-token", "more.env": "A=1\n"})
    commit(root, {".env": None, "tls/a.key": None, "secrets/token": None, "more.env": "A=1\nTOKEN='CANARY-2'\n"})
    found = history(root)
    assert seen(found) == {
        (".env", 2, "the value of DB_PASSWORD"),
        ("tls/a.key", 1, "a private key"),
        ("secrets/token", 1, "a secret file"),
        ("more.env", 2, "the value of TOKEN"),
    }
    assert {each.commit for each in found.secrets if each.path == ".env"} == {brought[:10]}
    assert found.unsearched == ""
    assert b"CANARY" not in msgspec.json.encode(found)


def test_references_examples_and_other_peoples_folders_are_none(root: Path) -> None:
    commit(root, {".env": "DB_PASSWORD=${FROM_HOST}\nDB_PASSWORD_FILE=/run/x\n", ".env.example": "TOKEN=abcdef12\n"})
    commit(root.parent, {"other/.env": "TOKEN=CANARY-1\n"})
    assert history(root).secrets == ()


def test_another_branch_counts_and_names_need_not_be_utf8(root: Path) -> None:
    subprocess.run(["git", "checkout", "-q", "-b", "other"], cwd=root, check=True)
    commit(root, {os.fsdecode(b"gr\xfcn.env"): "TOKEN=CANARY-1\n"})
    subprocess.run(["git", "checkout", "-q", "-"], cwd=root, check=True)
    assert seen(history(root)) == {("gr\ufffdn.env", 1, "the value of TOKEN")}


def test_a_key_store_is_one_as_a_whole_and_a_large_file_is_not_read(root: Path) -> None:
    commit(root, {"a.p12": "\0\1\2", "large.env": "# filler\n" * 20_000 + "TOKEN=CANARY-1\n"})
    assert seen(history(root)) == {("a.p12", 0, "a key store (.p12)")}


def test_a_shallow_clone_says_that_it_lacks_the_rest(root: Path, tmp_path: Path) -> None:
    commit(root, {"a": "1"})
    url = f"file://{root.parent}"
    subprocess.run(["git", "clone", "-q", "--depth", "1", url, str(tmp_path / "clone")], check=True)
    assert history(tmp_path / "clone" / "stack").unsearched == "this clone holds the last commits only"


def test_without_a_repository_or_a_commit_nothing_is_claimed(tmp_path: Path) -> None:
    assert "no version control" in history(tmp_path / "none").unsearched
    (tmp_path / "empty").mkdir()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path / "empty", check=True)
    assert history(tmp_path / "empty").secrets == ()
