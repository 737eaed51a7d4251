"""The backups that are kept beside a stack: read, listed, and the oldest removed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from flawless.config import nearest
from flawless.errors import UsageError
from flawless.model.backup import Manifest
from flawless.ports.files import Files

FOLDER = "saved"
_FILE = "manifest.json"
_SUMS = "SHA256SUMS"
_UNFINISHED = ".part"
_PIECE = 1 << 20


def unfinished(folder: Path, backup: str) -> Path:
    """Where a backup is written until it is whole."""
    return folder / f"{backup}{_UNFINISHED}"


def publish(folder: Path, manifest: Manifest, files: Files) -> Path:
    """Give a whole backup its name, at once; what a killed run left half written goes. Its folder."""
    made = unfinished(folder, manifest.id)
    write(made, manifest, files)
    try:
        made.rename(folder / manifest.id)
    except OSError as error:
        raise UsageError(f"cannot keep {made}: {error.strerror}", remedy="free some space") from error
    for left in folder.glob(f"*{_UNFINISHED}"):
        files.remove(left)
    return folder / manifest.id


def write(folder: Path, manifest: Manifest, files: Files) -> None:
    """The manifest and, for ``sha256sum --check``, the sums; the manifest comes last."""
    sums = "".join(f"{digest}  {name}\n" for name, digest in _sums(manifest).items())
    files.write(folder / _SUMS, sums.encode())
    files.write(folder / _FILE, msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def _sums(manifest: Manifest) -> dict[str, str]:
    """The digest of each file by name."""
    found = {part.file: part.digest for part in manifest.parts}
    return found | {name: digest for part in manifest.parts for name, digest in part.beside.items()}


def backups(folder: Path, files: Files) -> tuple[Manifest, ...]:
    """Every whole backup, the newest first."""
    found = [_read(path, files) for path in folder.glob(f"*/{_FILE}") if path.parent.suffix != _UNFINISHED]
    return tuple(sorted(found, key=lambda each: each.taken, reverse=True))


def _read(path: Path, files: Files) -> Manifest:
    try:
        return msgspec.json.decode(files.read_text(path), type=Manifest)
    except msgspec.MsgspecError as error:
        raise UsageError(f"the manifest cannot be read: {error}", where=str(path), remedy="move it away") from error


def named(folder: Path, backup: str, files: Files) -> Manifest:
    """The backup of that name; UsageError when there is none."""
    found = backups(folder, files)
    for each in found:
        if each.id == backup:
            return each
    guess = nearest(backup, [each.id for each in found])
    remedy = f"did you mean {guess}?" if guess else "flawless backup --list names them"
    raise UsageError(f"there is no backup {backup}", where=str(folder), remedy=remedy)


def refuse_damaged(folder: Path, manifest: Manifest) -> None:
    """Raise UsageError unless every file is the one that was written."""
    for name, digest in _sums(manifest).items():
        path = folder / manifest.id / name
        if digest_of(path) != digest:
            what = f"{name} of backup {manifest.id} is not the file that was written: its checksum differs"
            raise UsageError(what, where=str(path), remedy="take another backup; flawless backup --list names them")


def digest_of(path: Path) -> str:
    """The SHA-256 of a file in hex; UsageError when it cannot be read."""
    total = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                total.update(piece)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", remedy="name another backup") from error
    return total.hexdigest()


def keep_newest(folder: Path, keep: int, files: Files) -> tuple[str, ...]:
    """Remove all but the ``keep`` newest backups, at least one stays; the names of those that went."""
    gone = tuple(each.id for each in backups(folder, files)[max(1, keep) :])
    for name in gone:
        files.remove(folder / name)
    return gone
