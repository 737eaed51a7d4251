"""Archives in pieces, and what makes two of them equal."""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from flawless.errors import UsageError
from flawless.ports.tars import content_digest, tar_of


def member(name: str, content: bytes, *, mode: int = 0o640, mtime: int = 0) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(content), mode, mtime
    return info, content


def written(path: Path, *members: tuple[tarfile.TarInfo, bytes | Path]) -> Path:
    async def whole() -> bytes:
        return b"".join([piece async for piece in tar_of(members)])

    path.write_bytes(asyncio.run(whole()))
    return path


def test_an_archive_of_files_and_bytes_is_read_by_others(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 1_500_000)
    info, _ = member("folder/large", b"")
    info.size = 1_500_000
    path = written(tmp_path / "a.tar", (info, source), member("small", b"hello"))
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as archive:
        read = {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]
    assert read == {"folder/large": b"x" * 1_500_000, "small": b"hello"}


ONE, TWO = member("one", b"1"), member("two", b"22")


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        ((TWO, ONE), True),
        ((member("one", b"1", mtime=99), TWO), True),
        ((member("one", b"9"), TWO), False),
        ((member("one", b"1", mode=0o600), TWO), False),
        ((member("uno", b"1"), TWO), False),
        ((ONE,), False),
    ],
    ids=["another-order", "another-time", "another-byte", "another-mode", "another-name", "one-less"],
)
def test_what_counts_is_what_is_in_it(
    tmp_path: Path, other: tuple[tuple[tarfile.TarInfo, bytes], ...], equal: bool
) -> None:
    first, _ = content_digest(written(tmp_path / "a.tar", ONE, TWO))
    second, count = content_digest(written(tmp_path / "b.tar", *other))
    assert (first == second) is equal
    assert count == len(other)


@pytest.mark.parametrize("cut", [lambda raw: raw[:600], lambda raw: b"no archive at all" * 100], ids=["cut", "garbage"])
def test_half_an_archive_is_refused(tmp_path: Path, cut: Callable[[bytes], bytes]) -> None:
    path = written(tmp_path / "a.tar", member("one", b"1" * 5_000))
    path.write_bytes(cut(path.read_bytes()))
    with pytest.raises(UsageError, match="no whole archive"):
        content_digest(path)
