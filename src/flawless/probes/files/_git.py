"""Asking git about paths, in few calls. UnseenError when git is missing or refuses."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from flawless.ports.bundle import Target
from flawless.ports.shell import NOT_FOUND, TIMED_OUT, CommandResult
from flawless.probes.files._shared import UnseenError

_TIMEOUT = 10.0
_ENV = {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
_AT_ONCE = 500
_OCTAL = 3
_EXECUTABLE = "100755"
_LISTING, _OWN = "git listing", "git files"
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
QUOTED = ("-c", "core.quotePath=true")


async def git(target: Target, *arguments: str, fine: tuple[int, ...] = (0,)) -> CommandResult:
    """One git command in the stack's folder; UnseenError with git's own words for any other status than ``fine``."""
    folder = Path(target.stack.root)
    result = await target.ports.shell.run(["git", *arguments], timeout=_TIMEOUT, cwd=folder, env=_ENV, reads=True)
    if result.status == NOT_FOUND:
        raise UnseenError("git is not installed", remedy="install git")
    if result.status == TIMED_OUT:
        raise UnseenError(f"git {arguments[0]} did not answer within {_TIMEOUT:.0f} s")
    if result.status not in fine:
        said = result.stderr.strip().splitlines()
        raise UnseenError(
            f"git refuses: {said[0] if said else result.status}", remedy="run `git status` in the stack's folder"
        )
    return result


def top(target: Target) -> Path | None:
    """The folder of the repository that the stack is in; None when it is in none."""
    root = Path(target.stack.root).resolve()
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)


def unquoted(line: str) -> Path:
    """A path as git prints it, with ``core.quotePath``: what is not ASCII is in octal, whatever encoding it has."""
    if not line.startswith('"'):
        return Path(line)
    return Path(os.fsdecode(_ESCAPE.sub(_meant, os.fsencode(line[1:-1]))))


def _meant(escape: re.Match[bytes]) -> bytes:
    """The byte that an escape of git's stands for; what git does not write stands for itself."""
    told = escape[1]
    return bytes([int(told, 8) & 0xFF]) if len(told) == _OCTAL else _LETTERS.get(told, told)


def real(path: Path) -> Path:
    """A path as git knows it: its folder without links; the file itself may be a link that is tracked."""
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name


async def tracked(target: Target, folder: Path, paths: Iterable[Path]) -> frozenset[Path]:
    """Those of the paths that git tracks; a folder is tracked when a file in it is."""
    inside = [path for path in dict.fromkeys(paths) if path.is_relative_to(folder)]
    own, others = await own_files(target, folder), await _others(target, folder, inside)
    return frozenset(
        path for path in inside if any(path in each.modes or path in each.folders for each in (own, others))
    )


async def executable(target: Target, folder: Path, paths: Iterable[Path]) -> dict[Path, bool]:
    """Of the paths that git tracks, whether a checkout makes them executable: what the disk says may differ."""
    inside = [path for path in dict.fromkeys(paths) if path.is_relative_to(folder)]
    listed = (await own_files(target, folder), await _others(target, folder, inside))
    return {path: each.modes[path] == _EXECUTABLE for each in listed for path in inside if path in each.modes}


class Listing(Struct, frozen=True):
    """Tracked files with their modes, as git writes them, and the folders that they are in."""

    modes: dict[Path, str]
    folders: frozenset[Path]

    def has(self, path: Path) -> bool:
        """Whether a file or folder is among them."""
        return path in self.modes or path in self.folders


async def own_files(target: Target, folder: Path) -> Listing:
    """What git tracks in the stack's folder; asked once in a look."""
    async with target.shared.setdefault(_LISTING, asyncio.Lock()):
        if _OWN not in target.shared:
            target.shared[_OWN] = await _list(target, folder, (".",))
    listing: Listing = target.shared[_OWN]
    return listing


async def _others(target: Target, folder: Path, paths: Iterable[Path]) -> Listing:
    """The same of those paths that lie in other folders of the repository."""
    root = real(Path(target.stack.root))
    chunks = _chunks([path for path in paths if not path.is_relative_to(root)])
    found = [await _list(target, folder, tuple(f":(literal){path}" for path in chunk)) for chunk in chunks]
    modes = {path: mode for each in found for path, mode in each.modes.items()}
    return Listing(modes, frozenset[Path]().union(*(each.folders for each in found)))


async def _list(target: Target, folder: Path, where: Sequence[str]) -> Listing:
    listed = await git(target, *QUOTED, "ls-files", "--stage", "--full-name", "--", *where)
    return await asyncio.to_thread(_listing, folder, listed.stdout)


def _listing(folder: Path, text: str) -> Listing:
    entries = (line.partition("\t") for line in text.splitlines())
    modes = {folder / unquoted(name): staged.partition(" ")[0] for staged, _, name in entries}
    folders: set[Path] = set()
    for file in modes:
        for parent in file.parents:
            if parent in folders:
                break  # and so are those above it
            folders.add(parent)
    return Listing(modes, frozenset(folders))


async def ignored(target: Target, folder: Path, paths: Iterable[Path]) -> frozenset[Path]:
    """Those of the paths that git ignores and does not track."""
    inside = [path for path in dict.fromkeys(paths) if path.is_relative_to(folder)]
    found: set[Path] = set()
    for chunk in _chunks(inside):
        result = await git(target, *QUOTED, "check-ignore", "--", *(str(path) for path in chunk), fine=(0, 1))
        found.update(unquoted(name) for name in result.stdout.splitlines())
    return frozenset(path for path in inside if path in found)


def _chunks(paths: Sequence[Path]) -> list[Sequence[Path]]:
    return [paths[start : start + _AT_ONCE] for start in range(0, len(paths), _AT_ONCE)]
