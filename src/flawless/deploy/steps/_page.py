"""Putting nginx's live files out of the way for a page, and back; the copies are ours, never the user's files."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import msgspec

from flawless.deploy.files import Saved, put_back
from flawless.deploy.site import Site, mounted_folder, observe, pending_reload
from flawless.model.stack import Service
from flawless.ports.engine import ExecResult

_TIMEOUT = 30.0


def kept_at(site: Site, service: str) -> Path:
    """Where the files are kept while the page is shown."""
    return site.folder / f"paused-{service}"


async def live_files(site: Site, service: Service) -> Saved:
    """The service's live files as they are now."""
    return await asyncio.to_thread(_read, mounted_folder(service, site.live))


def _read(mounts: list[Path]) -> Saved:
    paths = [path for mount in mounts for path in ([mount] if mount.is_file() else mount.rglob("*"))]
    return {path: path.read_bytes() for path in paths if path.is_file()}


async def replace(site: Site, service: Service, files: Saved) -> str:
    """Put files in place and have nginx load them; why it refused, "" when it did not.

    The mark of a reload under way stays until the files are the release's again.
    """
    site.ports.files.write(pending_reload(site.folder, service.name), b"")
    await put_back(site, service, files)
    for state in (await observe(site.stack, site.ports)).get(service.name, ()):
        if state.state == "running":
            for argv in (["nginx", "-t"], ["nginx", "-s", "reload"]):
                said = await site.ports.engine.exec(state.id, argv, timeout=_TIMEOUT)
                if said.status:
                    return _last(site, said)
    return ""


def _last(site: Site, said: ExecResult) -> str:
    lines = [line for line in said.output.splitlines() if line.strip()]
    return site.ports.masker.mask(lines[-1]) if lines else f"status {said.status}"


def keep(site: Site, service: str, files: Saved) -> None:
    """Remember the files that the page replaces."""
    content = {str(path): base64.b64encode(raw).decode() for path, raw in files.items()}
    site.ports.files.write(kept_at(site, service), msgspec.json.encode(content))


def kept(site: Site, service: str) -> Saved:
    """The files that were remembered; empty when there are none."""
    path = kept_at(site, service)
    raw = msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.is_file() else {}
    return {Path(name): base64.b64decode(content) for name, content in raw.items()}


def forget(site: Site, service: str) -> None:
    """The files are back: nothing is remembered and no reload is under way."""
    site.ports.files.remove(kept_at(site, service))
    site.ports.files.remove(pending_reload(site.folder, service))
