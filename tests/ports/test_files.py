"""Files that may be garbage, and writing that leaves the old or the new."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from flawless.errors import UsageError
from flawless.ports.files import MOST_BYTES, RealFiles, make_state_folder, write_pieces

FILES = RealFiles()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _missing(path: Path) -> None:
    assert not path.exists()


def _too_large(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)


def _no_text(path: Path) -> None:
    path.write_bytes(b"ab\xff")


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (_missing, "No such file"),
        (_too_large, "is larger than 10 MB"),
        (_no_text, r"is not UTF-8 text \(byte 2\)"),
        (Path.mkdir, "Is a directory"),
    ],
    ids=["missing", "too-large", "no-text", "folder"],
)
def test_what_cannot_be_read_is_one_sentence_with_the_path(
    tmp_path: Path, make: Callable[[Path], None], what: str
) -> None:
    path = tmp_path / "settings"
    make(path)
    with pytest.raises(UsageError, match=what) as caught:
        FILES.read_text(path)
    assert str(path) in caught.value.what


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * MOST_BYTES)
    assert len(FILES.read_text(tmp_path / "a")) == MOST_BYTES


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfname: x")
    assert FILES.read_text(tmp_path / "a") == "name: x"


def test_what_is_written_is_read_again_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "key"
    FILES.write(path, "grüße".encode())
    assert (FILES.read_text(path), mode(path)) == ("grüße", 0o600)


def test_writing_again_replaces_content_and_mode_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "page"
    FILES.write(path, b"a longer old text")
    FILES.write(path, b"new", 0o644)
    assert (path.read_bytes(), mode(path)) == (b"new", 0o644)
    assert list(tmp_path.iterdir()) == [path]


def test_whoever_reads_the_old_file_goes_on_reading_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "page"
    FILES.write(path, b"old")
    with path.open("rb") as reader:
        FILES.write(path, b"new")
        assert reader.read() == b"old"


@pytest.mark.parametrize("beside", ["folder", "below-a-file"])
def test_what_cannot_be_written_is_one_sentence_and_leaves_nothing_beside(tmp_path: Path, beside: str) -> None:
    (tmp_path / "folder" / "in").mkdir(parents=True)
    (tmp_path / "file").write_text("")
    path = tmp_path / "folder" if beside == "folder" else tmp_path / "file" / "new"
    with pytest.raises(UsageError, match="cannot write") as caught:
        FILES.write(path, b"x")
    assert str(path) in caught.value.what
    assert caught.value.remedy
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.engine  # mounting needs root, as the engine's scenarios do
def test_when_the_disk_is_full_the_old_content_stays_and_nothing_else_is_left(full_disk: Path) -> None:
    path = full_disk / "release"
    FILES.write(path, b"the old release")
    with pytest.raises(UsageError, match="No space left") as caught:
        FILES.write(path, os.urandom(1_000_000))
    assert caught.value.remedy == "free some space or name another folder"
    assert path.read_bytes() == b"the old release"
    assert list(full_disk.iterdir()) == [path]


def test_removing_takes_files_folders_and_links_and_minds_nothing_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "kept" / "in").mkdir(parents=True)
    (tmp_path / "folder" / "in").mkdir(parents=True)
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    for name in ("folder", "file", "link", "gone"):
        FILES.remove(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept" / "in").is_dir()


def test_the_state_folder_is_for_its_owner_and_out_of_version_control(tmp_path: Path) -> None:
    folder = tmp_path / ".flawless"
    make_state_folder(folder)
    make_state_folder(folder)
    assert mode(folder) == 0o700
    assert "*" in (folder / ".gitignore").read_text().splitlines()


def test_an_ignore_file_that_was_changed_stays(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("!ledger.db\n")
    make_state_folder(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "!ledger.db\n"


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


async def pieces(*parts: bytes, then: Exception | None = None) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if then:
        raise then


async def test_what_comes_in_pieces_is_written_for_its_owner_only_with_size_and_digest(tmp_path: Path) -> None:
    path = tmp_path / "backups" / "db.dump"
    size, digest = await write_pieces(path, pieces(b"one ", b"two"))
    assert path.read_bytes() == b"one two"
    assert (size, digest) == (7, hashlib.sha256(b"one two").hexdigest())
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


async def test_what_breaks_off_leaves_the_old_file_and_no_half_one(tmp_path: Path) -> None:
    path = tmp_path / "db.dump"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="gone"):
        await write_pieces(path, pieces(b"new", then=RuntimeError("gone")))
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["db.dump"]


async def test_pieces_that_cannot_be_written_are_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file, no folder")
    with pytest.raises(UsageError, match=r"cannot write .*b\.dump"):
        await write_pieces(tmp_path / "a" / "b.dump", pieces(b"x"))
