"""Names, values and authors in other encodings than UTF-8: reported, kept, and judged again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from flawless.cli._options import FORMATS

PROGRAM = (sys.executable, "-m", "flawless")
COMPOSE = b"""\
services:
  app:
    build: .
    env_file: [app.env]
    volumes: ['./secrets:/s']
  db:
    image: postgres:16
"""
FILES = {
    b"compose.yaml": COMPOSE,
    b"Dockerfile": b"FROM debian:bookworm-slim\nCOPY . /\nCMD /bin/x\n",
    b"app.env": b"NAME=gr\xfcn\nOTHER=\xff\xfe\n",
    b"gr\xfcn.env": b"# f\xfcr alle\nDB_PASSWORD=gr\xfcn-Canary-77\n",
    b"secrets/t\xfcr.key": b"-----BEGIN PRIVATE KEY-----\n",
    b"src\xe9/run.sh": b"#!/bin/sh\ncd /x\npsql -f a.sql\n",
    b"src\xe9/requirements.txt": b"a==1\n",
    b"versions/\xfc.py": b"from alembic import op\ndef upgrade():\n    op.drop_table('a')\n",
}
AUTHOR = (b"-c", b"user.name=J\xfcrgen", b"-c", b"user.email=j\xfc@example.test", b"-c", b"commit.gpgsign=false")


def written(root: Path, *, repository: bool) -> Path:
    """The files, and where asked for a repository that tracks them all."""
    for name, content in FILES.items():
        path = root / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    commit = (*AUTHOR, b"commit", b"-qm", b"gr\xfcn")
    for command in ((b"init", b"-q"), (b"add", b"-A"), commit) if repository else ():
        subprocess.run([b"git", *command], cwd=root, check=True, capture_output=True)
    return root


def ran(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run((*PROGRAM, *map(str, words)), capture_output=True, timeout=60, check=False)
    assert done.returncode in (0, 1, 3), done.stderr.decode()
    return done


@pytest.mark.parametrize("shape", FORMATS)
def test_every_format_is_utf8_and_names_the_files(tmp_path: Path, shape: str) -> None:
    text = ran("check", written(tmp_path, repository=True), "--format", shape).stdout.decode()
    assert "t\ufffdr" in text or "t%EF%BF%BDr" in text
    if shape in ("json", "sarif"):
        json.loads(text)
    if shape == "junit":
        ElementTree.fromstring(text)


def test_secrets_are_found_in_such_files_and_not_shown(tmp_path: Path) -> None:
    done = ran("check", written(tmp_path, repository=True), "--format", "json")
    (verdict,) = [each for each in json.loads(done.stdout)["verdicts"] if each["check"] == "secret-committed"]
    assert {(each["location"]["file"], each["location"]["line"]) for each in verdict["findings"]} == {
        ("gr\ufffdn.env", 2),
        ("secrets/t\ufffdr.key", 1),
    }
    assert b"Canary" not in done.stdout


@pytest.mark.parametrize("repository", [True, False])
def test_saved_facts_give_the_same_verdicts_again(tmp_path: Path, repository: bool) -> None:
    root = written(tmp_path, repository=repository)
    first = json.loads(ran("check", root, "--format", "json").stdout)
    again = json.loads(ran("judge", root / ".flawless" / "facts.json", "--format", "json").stdout)
    assert again["verdicts"] == first["verdicts"]


def test_a_stack_in_a_folder_of_such_a_name_is_checked(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"st\xe4ck")
    written(root, repository=True)
    assert json.loads(ran("check", root, "--format", "json").stdout)["stack"]["revision"]
