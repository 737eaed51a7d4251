"""Mounted configuration: the release's files are put where the containers mount them."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

from flawless.deploy.site import Site, files_for, mounted_folder
from flawless.errors import UsageError
from flawless.model.release import ConfigFile
from flawless.model.stack import Service

_MODE = 0o644
_FOLDER_MODE = 0o755

Saved = dict[Path, bytes]


async def place(site: Site, service: Service) -> Saved:
    """Make the live files of a service those of the release; answers with what they were before."""
    wanted = files_for(service, site.live, site.release.files)
    return await asyncio.to_thread(_place, site, mounted_folder(service, site.live), wanted)


async def put_back(site: Site, service: Service, saved: Saved) -> None:
    """Make the live files of a service what ``place`` found."""
    await asyncio.to_thread(_replace, site, mounted_folder(service, site.live), saved)


def _place(site: Site, mounts: list[Path], wanted: tuple[ConfigFile, ...]) -> Saved:
    saved = {path: path.read_bytes() for path in _present(mounts)}
    _replace(site, mounts, {site.live / file.path: base64.b64decode(file.content) for file in wanted})
    return saved


def _present(mounts: list[Path]) -> list[Path]:
    found = [path for mount in mounts for path in ([mount] if mount.is_file() else mount.rglob("*"))]
    return [path for path in found if path.is_file()]


def _replace(site: Site, mounts: list[Path], contents: Saved) -> None:
    for path, content in contents.items():
        if path in mounts:
            _overwrite(path, content)
            _readable(path, site.live)
        elif not path.is_file() or path.read_bytes() != content:
            site.ports.files.write(path, content, _MODE)
            _readable(path, site.live)
    for path in _present(mounts):
        if path not in contents:
            path.unlink()


def _readable(path: Path, live: Path) -> None:
    """Containers run as other users than we do: every folder on the way may be entered, whatever our umask says."""
    for folder in path.parents:
        if folder == live.parent:
            return
        folder.chmod(_FOLDER_MODE)


def _overwrite(path: Path, content: bytes) -> None:
    """A file mounted by itself keeps its inode, or the container would go on seeing the old one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "wb") as stream:
            stream.write(content)
            stream.truncate()
        path.chmod(_MODE)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", remedy="free some space") from error
