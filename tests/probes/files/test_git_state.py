"""The state of the checkout."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from flawless.model.keys import GIT
from tests.probes.files._world import reason, repository, value

COMPOSE = {"compose.yaml": "services:\n  app: {image: x}\n"}
SECRETS = {
    ".env": "A=1\n# PASSWORD=CANARY\nDB_PASSWORD=CANARY-1\nDB_PASSWORD_FILE=/run/x\nX=${PASSWORD}\nEMPTY_SECRET=\n",
    ".env.example": "DB_PASSWORD=CANARY-2\n",
    "prod.env": "DATABASE_URL=postgres://a:CANARY-3@db/x\n",
    "tls/server.key": "x\n-----BEGIN PRIVATE KEY-----\nCANARY\n",
    "tls/server.pem": "-----BEGIN CERTIFICATE-----\n",
    "secrets/token": "CANARY-token",
    "secrets/.gitkeep": "",
    "store.p12": "CANARY",
    "src/settings.py": "PASSWORD = 'CANARY'",
}


def test_a_folder_without_a_repository_is_none(tmp_path: Path) -> None:
    found = value(GIT, COMPOSE, tmp_path)
    assert (found.repository, found.revision, found.dirty, found.tracked_secrets) == (False, "", (), ())


def test_a_clean_checkout_has_its_revision_and_nothing_dirty(tmp_path: Path) -> None:
    value(GIT, COMPOSE, tmp_path)
    repository(tmp_path, "compose.yaml")
    found = value(GIT, COMPOSE, tmp_path)
    assert re.fullmatch(r"[0-9a-f]{40}", found.revision)
    assert found.dirty == ()


def test_changed_new_renamed_and_removed_files_are_dirty_and_others_are_not(tmp_path: Path) -> None:
    root = tmp_path / "deploy"
    files = {**COMPOSE, "a b": "1", "gone": "1", "old": "a longer text that is found again"}
    value(GIT, files, root)
    (tmp_path / "outside").write_text("x")
    repository(tmp_path, "deploy", "outside")
    (root / "a b").write_text("2")
    (root / "new").write_text("1")
    (root / "gone").unlink()
    (tmp_path / "outside").write_text("y")
    subprocess.run(["git", "mv", "old", "näw"], cwd=root, check=True)
    found = value(GIT, COMPOSE, root)
    assert set(found.dirty) == {"a b", "new", "gone", "näw"}


def test_tracked_secrets_are_hits_without_their_values(tmp_path: Path) -> None:
    value(GIT, {**COMPOSE, **SECRETS}, tmp_path)
    repository(tmp_path, *SECRETS)
    found = value(GIT, {**COMPOSE, **SECRETS}, tmp_path)
    assert {(hit.path, hit.line, hit.kind) for hit in found.tracked_secrets} == {
        (".env", 3, "the value of DB_PASSWORD"),
        ("prod.env", 1, "a password in a URL or option"),
        ("tls/server.key", 2, "a private key"),
        ("secrets/token", 1, "a secret file"),
        ("store.p12", 0, "a key store (.p12)"),
    }
    assert b"CANARY" not in msgspec.json.encode(found)


def test_a_secret_that_is_not_tracked_is_no_hit(tmp_path: Path) -> None:
    value(GIT, {**COMPOSE, **SECRETS}, tmp_path)
    repository(tmp_path, "compose.yaml")
    assert value(GIT, COMPOSE, tmp_path).tracked_secrets == ()


def test_a_repository_without_a_commit_has_no_revision(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    found = value(GIT, COMPOSE, tmp_path)
    assert (found.repository, found.revision, found.dirty) == (True, "", ("compose.yaml",))


def test_without_git_it_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    value(GIT, COMPOSE, tmp_path)
    repository(tmp_path, "compose.yaml")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is not installed" in reason(GIT, COMPOSE, tmp_path)


def test_a_broken_repository_is_unknown_with_git_s_own_words(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    assert "git refuses: fatal: not a git repository: " in reason(GIT, COMPOSE, tmp_path)
