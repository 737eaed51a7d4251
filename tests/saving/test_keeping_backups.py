"""Manifests on the disk: whole or not there, checked, listed, and the oldest removed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from flawless.app.saving.kept import backups, keep_newest, named, publish, refuse_damaged, unfinished
from flawless.errors import UsageError
from flawless.model.backup import Manifest, Part, PartKind
from flawless.ports.files import RealFiles
from flawless.report.backups_page import age, backups_page

FILES = RealFiles()


def made(folder: Path, name: str, taken: float, content: bytes = b"rows") -> Manifest:
    work = unfinished(folder, name)
    work.mkdir(parents=True)
    (work / "db.dump").write_bytes(content)
    (work / "roles.sql").write_bytes(b"create role a")
    part = Part(
        kind=PartKind.POSTGRES,
        subject="db",
        database="shop",
        file="db.dump",
        size=len(content),
        digest=hashlib.sha256(content).hexdigest(),
        beside={"roles.sql": hashlib.sha256(b"create role a").hexdigest()},
    )
    manifest = Manifest(id=name, stack="shop", taken=taken, parts=(part,))
    publish(folder, manifest, FILES)
    return manifest


def test_what_is_kept_is_read_back_newest_first_and_what_is_half_written_is_no_backup(tmp_path: Path) -> None:
    old, new = made(tmp_path, "a", 1.0), made(tmp_path, "b", 2.0)
    half = unfinished(tmp_path, "c")
    half.mkdir()
    (half / "manifest.json").write_text("{")
    assert backups(tmp_path, FILES) == (new, old)
    assert named(tmp_path, "a", FILES) == old
    with pytest.raises(UsageError, match="there is no backup"):
        named(tmp_path, "c", FILES)


@pytest.mark.parametrize("name", ["db.dump", "roles.sql"])
def test_a_file_that_changed_or_is_gone_is_no_backup_any_more(tmp_path: Path, name: str) -> None:
    manifest = made(tmp_path, "a", 1.0)
    refuse_damaged(tmp_path, manifest)
    (tmp_path / "a" / name).write_bytes(b"rowt")
    with pytest.raises(UsageError, match="checksum differs"):
        refuse_damaged(tmp_path, manifest)
    (tmp_path / "a" / name).unlink()
    with pytest.raises(UsageError, match="cannot read"):
        refuse_damaged(tmp_path, manifest)


def test_the_newest_stay_and_one_always_does(tmp_path: Path) -> None:
    for number, name in enumerate("abcd"):
        made(tmp_path, name, float(number))
    assert keep_newest(tmp_path, 2, FILES) == ("b", "a")
    assert keep_newest(tmp_path, 0, FILES) == ("c",)
    assert [each.id for each in backups(tmp_path, FILES)] == ["d"]


def test_the_list_says_how_old_and_whether_it_was_tried(tmp_path: Path) -> None:
    page = backups_page([made(tmp_path, "a", 1_000.0)], 1_000.0 + 7_200)
    assert "2 h" in page
    assert "0 of 1" in page
    assert "postgres shop" in page
    assert "no backup" in backups_page([], 0.0)


@pytest.mark.parametrize(
    ("seconds", "said"), [(-3, "0 s"), (59, "59 s"), (60, "1 min"), (3_600, "1 h"), (200_000, "2 d")]
)
def test_ages(seconds: float, said: str) -> None:
    assert age(seconds) == said
