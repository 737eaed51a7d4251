"""What is deployed is a commit: its revision, and a clean export of it to build from."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from flawless.errors import CommandError, UsageError
from flawless.ports.shell import CommandResult, Shell
from flawless.together import both

_TIMEOUT = 60.0
_OURS = frozenset({".flawless", ".git"})


class Checkout(Struct, frozen=True):
    """A folder and its version control: ``top`` is the repository's root, None when there is none.

    ``revision`` names exactly what would be exported; ``dirty`` are paths that differ from the commit.
    """

    root: Path
    top: Path | None
    revision: str
    dirty: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether the revision is a commit as it stands."""
        return self.top is not None and not self.dirty


async def read_checkout(root: Path, shell: Shell) -> Checkout:
    """The checkout of a folder; one without version control or without a commit has its content's digest.

    Raise UsageError when there is a repository that git cannot or will not read: ignored files must not be deployed.
    """
    # The way up, not the name of the top: that of a folder need not be UTF-8.
    named, status = await both(
        _git(shell, root, "rev-parse", "--show-cdup", "HEAD"),
        _git(shell, root, "status", "--porcelain", "--", ".", ":(exclude).flawless"),
    )
    # The first line is there without a commit too: then only HEAD is refused.
    if not named.stdout and await asyncio.to_thread(_in_repository, root):
        said = named.stderr.strip().splitlines()
        remedy = "install git, or do what it says"
        raise UsageError(f"git cannot read this repository: {said[0] if said else 'it said nothing'}", remedy=remedy)
    if not named.ok:
        return Checkout(root, None, f"content-{await asyncio.to_thread(_content_digest, root)}")
    if not status.ok:
        raise CommandError(f"git status failed: {status.stderr.strip()}", where=str(root))
    dirty = tuple(line[3:] for line in status.stdout.splitlines())
    up, revision = named.stdout.removesuffix("\n").rsplit("\n", 1)
    if dirty:
        revision = f"{revision[:12]}-dirty-{await asyncio.to_thread(_content_digest, root)}"
    return Checkout(root, (root / up).resolve(), revision, dirty)


def _in_repository(root: Path) -> bool:
    return any((folder / ".git").exists() for folder in (root, *root.parents))


async def _git(shell: Shell, folder: Path, *args: str, reads: bool = True) -> CommandResult:
    return await shell.run(["git", "-C", str(folder), *args], timeout=_TIMEOUT, reads=reads)


def _content_digest(root: Path) -> str:
    total = hashlib.sha256()
    try:
        for path in _own_files(root):
            total.update(os.fsencode(path.relative_to(root)) + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    except OSError as error:
        what = f"cannot read {error.filename or root}: {error.strerror}"
        raise UsageError(what, remedy="make it readable, or move it out of the stack's folder") from error
    return total.hexdigest()[:16]


def _own_files(root: Path) -> Iterable[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file() and not _OURS & set(path.relative_to(root).parts))


async def export(checkout: Checkout, destination: Path, shell: Shell) -> Path:
    """Put a clean copy of the stack's folder below ``destination`` and answer with it.

    A commit is exported by git, so that nothing uncommitted or ignored can slip in; a dirty or unversioned folder
    is copied as it stands. Raise CommandError or UsageError when that cannot be done.
    """
    await asyncio.to_thread(shutil.rmtree, destination, True)
    await asyncio.to_thread(destination.mkdir, 0o700, True)
    if not checkout.clean or checkout.top is None:
        await asyncio.to_thread(_copy, checkout.root, destination)
        return destination
    prefix = checkout.root.resolve().relative_to(checkout.top)
    archive = destination.parent / f"{destination.name}.tar"
    what = f"HEAD:{prefix}" if prefix.parts else "HEAD"
    made = await _git(shell, checkout.top, "archive", "--format=tar", f"--output={archive}", what, reads=False)
    if not made.ok:
        raise CommandError(f"git archive failed: {made.stderr.strip()}", where=str(checkout.top))
    await asyncio.to_thread(_unpack, archive, destination)
    return destination


def _unpack(archive: Path, destination: Path) -> None:
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(destination, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise UsageError(f"cannot export the commit to {destination}: {error}", remedy="free some space") from error
    finally:
        archive.unlink(missing_ok=True)


def _copy(root: Path, destination: Path) -> None:
    try:
        for path in _own_files(root):
            target = destination / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    except OSError as error:
        raise UsageError(f"cannot copy the stack to {destination}: {error}", remedy="free some space") from error
